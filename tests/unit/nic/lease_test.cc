// SPDX-License-Identifier: Apache-2.0
#include "nic/lease.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "nic_states.h"

namespace nobounce::nic {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// What the fake NIC was asked for, which of the calls (counted from 0) it refuses, and what others
/// have of it.
struct Journal {
  std::vector<std::string> calls;
  NicUse use{.rx_queues = 4, .held_queues = {}, .rss_table = {}, .flow_rules = 0};
  std::set<std::size_t> refused;
  int refusal = EIO;
};

class FakeControl final : public NicControl {
 public:
  explicit FakeControl(Journal& journal) : journal_(journal) {}

  Status set_header_split(netlink::HeaderSplit wanted) override {
    return note(wanted == netlink::HeaderSplit::kOn ? "split on" : "split off");
  }
  Status set_hds_threshold(std::uint32_t bytes) override {
    return note(fmt::format("threshold {}", bytes));
  }
  Status set_feature(const std::string& name, bool on) override {
    return note(fmt::format("{} {}", name, on ? "on" : "off"));
  }
  Status set_rss_table(std::span<const std::uint32_t> table) override {
    NB_TRY(note(fmt::format("rss {}", fmt::join(table, ""))));
    journal_.use.rss_table.assign(table.begin(), table.end());
    return {};
  }
  Status reset_rss_table() override { return note("rss reset"); }
  Result<std::uint32_t> insert_rule(const netlink::FlowRule& rule, std::uint32_t) override {
    NB_TRY(note(fmt::format("rule to {}", rule.queue)));
    return 41;
  }
  Status delete_rule(std::uint32_t location) override {
    return note(fmt::format("delete {}", location));
  }
  Result<NicUse> use() override { return journal_.use; }

 private:
  Status note(std::string call) {
    const bool refuse = journal_.refused.contains(journal_.calls.size());
    journal_.calls.push_back(std::move(call));
    if (!refuse) return {};
    return fail(error_from_errno(journal_.refusal, "request", "the fake"));
  }
  Journal& journal_;
};

/// A plan with one step of each kind.
Plan full_plan() {
  NicState nic = testing::gve_as_found();
  nic.rings.hds_thresh = 256;
  nic.rings.hds_thresh_max = 1023;
  nic.rx_checksum.active = false;
  return plan(nic, testing::request()).value();
}

const std::vector<std::string> kApplied{"split on",       "threshold 0",
                                        "rx-checksum on", "rx-ntuple-filter on",
                                        "rss 01200121",   "rule to 3"};
// Undoing each of them; the rule goes from where the driver put it.
const std::vector<std::string> kUndone{"split off",       "threshold 256",
                                       "rx-checksum off", "rx-ntuple-filter off",
                                       "rss reset",       "delete 41"};

Result<Lease> apply(Journal& journal, const Plan& plan) {
  return Lease::apply(std::make_unique<FakeControl>(journal), plan, "eth0");
}

/// The first `steps` changes, then their undoing in reverse.
std::vector<std::string> done_and_undone(std::size_t steps) {
  std::vector<std::string> calls(kApplied.begin(), kApplied.begin() + static_cast<long>(steps));
  calls.insert(calls.end(), kUndone.rend() - static_cast<long>(steps), kUndone.rend());
  return calls;
}

TEST(Lease, AppliesInOrderAndRestoresInReverse) {
  Journal journal;
  auto lease = apply(journal, full_plan());
  ASSERT_TRUE(lease);
  EXPECT_EQ(journal.calls, kApplied);
  EXPECT_EQ(lease->changes().size(), kApplied.size());
  EXPECT_TRUE(lease->release());
  EXPECT_EQ(journal.calls, done_and_undone(kApplied.size()));
  EXPECT_THAT(lease->changes(), IsEmpty());
}

TEST(Lease, RestoresWhenItDies) {
  Journal journal;
  {
    const auto lease = apply(journal, full_plan());
  }
  EXPECT_EQ(journal.calls, done_and_undone(kApplied.size()));
}

TEST(Lease, RestoresOnceOnly) {
  Journal journal;
  {
    auto lease = apply(journal, full_plan());
    Lease moved = std::move(*lease);
    EXPECT_TRUE(moved.release());
    EXPECT_TRUE(moved.release());
  }
  EXPECT_EQ(journal.calls, done_and_undone(kApplied.size()));
}

TEST(Lease, RestoresWhatItHadWhenAnotherIsAssigned) {
  Journal first;
  Journal second;
  auto lease = apply(first, full_plan());
  auto other = apply(second, full_plan());
  *lease = std::move(*other);
  EXPECT_EQ(first.calls, done_and_undone(kApplied.size()));
  EXPECT_EQ(second.calls, kApplied);
}

TEST(Lease, UndoesWhatWentBeforeAStepThatFails) {
  for (std::size_t failing = 0; failing < kApplied.size(); ++failing) {
    Journal journal;
    journal.refused = {failing};
    const auto lease = apply(journal, full_plan());
    ASSERT_FALSE(lease) << failing;
    std::vector<std::string> expected(kApplied.begin(),
                                      kApplied.begin() + static_cast<long>(failing + 1));
    expected.insert(expected.end(), kUndone.rend() - static_cast<long>(failing), kUndone.rend());
    EXPECT_EQ(journal.calls, expected) << failing;
    EXPECT_EQ(lease.error().object, "eth0");
    EXPECT_THAT(lease.error().cause, HasSubstr(text_of(full_plan().steps[failing])));
    EXPECT_THAT(lease.error().cause, Not(HasSubstr("could not be undone")));
  }
}

TEST(Lease, GoesOnRestoringAndReportsWhatStays) {
  Journal journal;
  auto lease = apply(journal, full_plan());
  journal.refused = {kApplied.size() + 1, kApplied.size() + 4};  // RSS and the threshold
  const Status released = lease->release();
  ASSERT_FALSE(released);
  EXPECT_EQ(journal.calls, done_and_undone(kApplied.size()));
  EXPECT_EQ(released.error().operation, "restore");
  EXPECT_THAT(released.error().cause, HasSubstr("RSS over queues 0,1,2 only"));
  EXPECT_THAT(released.error().cause, HasSubstr("hds-thresh 256 → 0"));
  EXPECT_THAT(released.error().cause, Not(HasSubstr("flow rule")));
}

TEST(Lease, ReportsBothTheFailureAndWhatCouldNotBeUndone) {
  Journal journal;
  journal.refused = {1, 2};  // The threshold, then undoing header split.
  const auto lease = apply(journal, full_plan());
  ASSERT_FALSE(lease);
  EXPECT_THAT(lease.error().cause, HasSubstr("hds-thresh 256 → 0"));
  EXPECT_THAT(lease.error().cause, HasSubstr("could not be undone: tcp-data-split off → on"));
}

TEST(Lease, UndoesNothingThatItFoundAsWanted) {
  NicState nic = testing::gve_as_found();
  nic.rings.header_split = netlink::HeaderSplit::kOn;
  nic.ntuple.active = true;
  nic.rss_table = {0, 1, 2};
  Journal journal;
  auto lease = apply(journal, plan(nic, testing::request()).value());
  ASSERT_TRUE(lease);
  EXPECT_THAT(lease->changes(), ElementsAre("flow rule: TCP to 10.0.0.2 port 5201 → queue 3"));
  EXPECT_TRUE(lease->release());
  EXPECT_THAT(journal.calls, ElementsAre("split on", "rule to 3", "delete 41"));
}

TEST(Lease, PutsBackATableThatSomebodySet) {
  NicState nic = testing::gve_as_found();
  nic.rss_table = {3, 3, 1, 1};
  Journal journal;
  auto lease = apply(journal, plan(nic, testing::request()).value());
  EXPECT_TRUE(lease->release());
  EXPECT_THAT(journal.calls, ::testing::Contains("rss 3311"));
  EXPECT_THAT(journal.calls, Not(::testing::Contains("rss reset")));
}

TEST(Lease, LeavesAnotherBoundQueueWhatItLivesOn) {
  Journal journal;
  auto lease = apply(journal, full_plan());
  journal.calls.clear();
  // Meanwhile a second receiver took queue 2 off the table, and its rule stands.
  journal.use = {
      .rx_queues = 4, .held_queues = {2}, .rss_table = {0, 1, 0, 0, 0, 1, 1, 1}, .flow_rules = 1};
  EXPECT_TRUE(lease->release());
  EXPECT_THAT(journal.calls, ElementsAre("delete 41", "rss 01030113"));
}

TEST(Lease, PutsATableBackWholeOnANicThatWentDown) {
  Journal journal;
  auto lease = apply(journal, full_plan());
  journal.use.rx_queues = 0;
  EXPECT_TRUE(lease->release());
  EXPECT_THAT(journal.calls, ::testing::Contains("rss reset"));
}

TEST(Lease, KeepsFlowRulesOfOthersInForce) {
  Journal journal;
  auto lease = apply(journal, full_plan());
  journal.use.flow_rules = 1;
  EXPECT_TRUE(lease->release());
  EXPECT_THAT(journal.calls, Not(::testing::Contains("rx-ntuple-filter off")));
  EXPECT_THAT(journal.calls, ::testing::Contains("split off"));
}

// The second of two receivers found the table without the first one's queue, and outlives it.
TEST(Lease, LastOneOutLeavesTheDefaultTable) {
  NicState nic = testing::gve_as_found();
  nic.rss_table = {0, 1, 2, 0, 0, 1, 2, 1};
  ReceiveRequest second = testing::request();
  second.queue = 2;
  Journal journal;
  auto lease = apply(journal, plan(nic, second).value());
  auto& table = journal.use.rss_table;
  EXPECT_THAT(table, ElementsAre(0, 1, 0, 0, 0, 1, 1, 1));
  table[3] = table[7] = 3;  // The first one puts its buckets back.
  EXPECT_TRUE(lease->release());
  EXPECT_THAT(journal.calls, ::testing::Contains("rss reset"));
}

TEST(Lease, DoesNotPutBackBucketsThatSomebodyMovedSince) {
  NicState nic = testing::gve_as_found();
  nic.rss_table = {3, 3, 1, 1};
  Journal journal;
  auto lease = apply(journal, plan(nic, testing::request()).value());
  journal.use.rss_table = {1, 2, 2, 2};
  EXPECT_TRUE(lease->release());
  EXPECT_THAT(journal.calls, ::testing::Contains("rss 3222"));
}

TEST(Lease, WithoutPrivilegeSaysWhatToDo) {
  Journal journal;
  journal.refused = {0};
  journal.refusal = EPERM;
  const auto lease = apply(journal, full_plan());
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::kPermission);
  EXPECT_THAT(lease.error().fix, HasSubstr("CAP_NET_ADMIN"));
}

}  // namespace
}  // namespace nobounce::nic
