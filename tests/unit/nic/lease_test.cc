// SPDX-License-Identifier: Apache-2.0
// Leases on a NIC of the test's own: taken, given back, shared, refused.
#include "nic/lease.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lease_fixture.h"

namespace nobounce::nic {
namespace {

using ::testing::Contains;
using testing::Device;
using ::testing::ElementsAre;
using testing::everything;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kApplied;
using testing::kUndone;
using testing::LeaseTest;
using ::testing::Not;
using testing::request_for;
using testing::Script;

std::vector<std::string> joined(std::vector<std::string> calls,
                                const std::vector<std::string>& more) {
  calls.insert(calls.end(), more.begin(), more.end());
  return calls;
}

TEST_F(LeaseTest, AppliesInOrderAndRestoresInReverse) {
  Script script;
  auto lease = take(script);
  ASSERT_TRUE(lease) << to_string(lease.error());
  EXPECT_EQ(script.calls, kApplied);
  EXPECT_THAT(lease->queues(), ElementsAre(3));
  EXPECT_THAT(lease->changes(),
              ElementsAre("tcp-data-split off → on", "hds-thresh 256 → 0", "rx-checksum off → on",
                          "rx-ntuple-filter off → on", "RSS over queues 0,1,2 only",
                          "flow rule: TCP to 10.0.0.2 port 5201 → queue 3"));
  EXPECT_THAT(journal(), HasSubstr("setting tcp-data-split 0 1 1\n"));
  EXPECT_TRUE(lease->release());
  EXPECT_EQ(script.calls, joined(kApplied, kUndone));
  EXPECT_EQ(*device_, before_);
  EXPECT_EQ(journal(), "");
}

TEST_F(LeaseTest, RestoresWhenItDiesAndOnceOnly) {
  Script script;
  {
    auto lease = take(script);
    Lease moved = std::move(*lease);
    EXPECT_TRUE(moved.release());
    EXPECT_TRUE(moved.release());
  }
  {
    const auto lease = take(script);
  }
  EXPECT_EQ(script.calls, joined(joined(kApplied, kUndone), joined(kApplied, kUndone)));
}

TEST_F(LeaseTest, RestoresWhatItHadWhenAnotherIsAssigned) {
  Script first;
  Script second;
  auto lease = take(first);
  auto other = take(second, request_for(5202));
  ASSERT_TRUE(other) << to_string(other.error());
  *lease = std::move(*other);
  EXPECT_THAT(first.calls, Contains("delete 0"));
  EXPECT_THAT(second.calls, Not(Contains(HasSubstr("delete"))));
  EXPECT_TRUE(lease->release());
  EXPECT_EQ(*device_, before_);
}

TEST_F(LeaseTest, UndoesWhatWentBeforeAStepThatFails) {
  for (std::size_t failing = 0; failing < kApplied.size(); ++failing) {
    Script script;
    script.refused = {failing};
    const auto lease = take(script);
    ASSERT_FALSE(lease) << failing;
    EXPECT_EQ(*device_, before_) << failing;
    EXPECT_EQ(lease.error().object, "eth0");
    EXPECT_THAT(lease.error().cause, Not(HasSubstr("could not be undone")));
    EXPECT_EQ(journal(), "") << failing;
  }
}

TEST_F(LeaseTest, NamesTheStepThatFailed) {
  Script script;
  script.refused = {1};
  EXPECT_THAT(take(script).error().cause, HasSubstr("hds-thresh 256 → 0"));
  script = {.refused = {4}};
  EXPECT_THAT(take(script).error().cause, HasSubstr("RSS off its queues"));
  script = {.refused = {5}};
  EXPECT_THAT(take(script).error().cause, HasSubstr("flow rule: TCP to 10.0.0.2 port 5201"));
}

TEST_F(LeaseTest, GoesOnRestoringReportsWhatStaysAndMendsItTheNextTime) {
  Script script;
  auto lease = take(script);
  script.refused = {kApplied.size() + 1, kApplied.size() + 4};  // RSS and the threshold
  const Status released = lease->release();
  ASSERT_FALSE(released);
  EXPECT_EQ(script.calls, joined(kApplied, kUndone));
  EXPECT_EQ(released.error().operation, "restore");
  EXPECT_THAT(released.error().cause, HasSubstr("could not be undone"));
  EXPECT_THAT(released.error().cause, HasSubstr("RSS"));
  EXPECT_THAT(released.error().cause, HasSubstr("hds-thresh 0 → 256"));
  EXPECT_THAT(released.error().cause, Not(HasSubstr("flow rule")));
  EXPECT_NE(*device_, before_);
  ASSERT_TRUE(undo());
  EXPECT_EQ(*device_, before_);
  EXPECT_EQ(journal(), "");
}

TEST_F(LeaseTest, ReportsBothTheFailureAndWhatCouldNotBeUndone) {
  Script script;
  script.refused = {1, 2};  // The threshold, then undoing header split.
  const auto lease = take(script);
  ASSERT_FALSE(lease);
  EXPECT_THAT(lease.error().cause, HasSubstr("hds-thresh 256 → 0"));
  EXPECT_THAT(lease.error().cause, HasSubstr("could not be undone: tcp-data-split on → off"));
}

TEST_F(LeaseTest, UndoesNothingThatItFoundAsWanted) {
  device_->split = device_->ntuple = device_->rx_checksum = true;
  device_->hds_thresh = 0;
  device_->rss[3] = device_->rss[7] = 0;
  const Device found = *device_;
  Script script;
  auto lease = take(script);
  ASSERT_TRUE(lease);
  EXPECT_THAT(lease->changes(), ElementsAre("flow rule: TCP to 10.0.0.2 port 5201 → queue 3"));
  EXPECT_TRUE(lease->release());
  EXPECT_THAT(script.calls, ElementsAre("tcp-data-split 1", "rule to 3", "delete 0"))
      << "bind-rx wants header split asked for";
  EXPECT_EQ(*device_, found);
}

TEST_F(LeaseTest, WithoutPrivilegeSaysWhatToDo) {
  Script script{.refused = {0}, .refusal = EPERM};
  const auto lease = take(script);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::kPermission);
  EXPECT_THAT(lease.error().fix, HasSubstr("CAP_NET_ADMIN"));
}

TEST_F(LeaseTest, SharesTheNicAndTheLastOneRestoresIt) {
  for (const bool first_leaves_first : {true, false}) {
    Script script;
    auto first = take(script);
    auto second = take(script, request_for(5202));
    ASSERT_TRUE(second) << to_string(second.error());
    EXPECT_THAT(first->queues(), ElementsAre(3));
    EXPECT_THAT(second->queues(), ElementsAre(2));
    EXPECT_THAT(second->changes(), ElementsAre("RSS over queues 0,1 only",
                                               "flow rule: TCP to 10.0.0.2 port 5202 → queue 2"));
    Lease& leaving = first_leaves_first ? *first : *second;
    Lease& staying = first_leaves_first ? *second : *first;
    EXPECT_TRUE(leaving.release());
    EXPECT_TRUE(device_->split) << "the other one lives on it";
    EXPECT_TRUE(device_->ntuple);
    for (const std::uint32_t queue : device_->rss)
      EXPECT_NE(queue, staying.queues().front());
    EXPECT_TRUE(device_->rules[first_leaves_first ? 1 : 0].is_used);
    EXPECT_TRUE(staying.release());
    EXPECT_EQ(*device_, before_);
  }
}

TEST_F(LeaseTest, RefusesAQueueAndASettingThatAnotherHolds) {
  Script script;
  auto lease = take(script);
  ReceiveRequest same = request_for(5202);
  same.queue = 3;
  EXPECT_EQ(take(script, same).error().code, Code::kBusy);
  SetupRequest setup{.interface = "eth0", .queues = 0};
  setup.rings.rx_buf_len = 4096;
  ASSERT_TRUE(set_up(script, setup));
  setup.rings.rx_buf_len = 2048;
  const auto other = set_up(script, setup);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::kBusy);
  EXPECT_THAT(other.error().cause, HasSubstr("a setup that stands set rx-buf-len otherwise"));
  EXPECT_THAT(other.error().fix, HasSubstr("nobounce setup eth0 --undo"));
  EXPECT_EQ(device_->rx_buf_len, 4096U);
}

TEST_F(LeaseTest, LeavesAStrangersBoundQueueWhatItLivesOn) {
  Script script;
  auto lease = take(script);
  device_->held_queue = 2;
  EXPECT_TRUE(lease->release());
  EXPECT_TRUE(device_->split);
  EXPECT_TRUE(device_->ntuple);
  EXPECT_THAT(journal(), HasSubstr("setting tcp-data-split 0 1 -\n")) << "it is remembered";
  device_->held_queue = 0;
  ASSERT_TRUE(undo());
  EXPECT_EQ(*device_, before_);
}

TEST_F(LeaseTest, RemembersWhatStayedThoughTheNextOneFailsToChangeIt) {
  Script script;
  SetupRequest setup{.interface = "eth0", .queues = 0};
  setup.rings.rx = 1024;
  ASSERT_TRUE(set_up(script, setup));
  device_->held_queue = 2;
  ASSERT_TRUE(undo());
  ASSERT_EQ(device_->rx_ring, 1024U) << "a queue is bound";

  setup.rings.rx = 256;
  script = {.refused = {0}};
  ASSERT_FALSE(set_up(script, setup));
  EXPECT_THAT(journal(), HasSubstr("setting rx-ring 512 1024 -\n"));
  device_->held_queue = 0;
  ASSERT_TRUE(undo());
  EXPECT_EQ(*device_, before_);
}

TEST_F(LeaseTest, KeepsFlowRulesOfOthersInForce) {
  Script script;
  auto lease = take(script);
  device_->rules[6] = {.is_used = true, .rule = {.match = {.destination_port = 80}, .queue = 1}};
  EXPECT_TRUE(lease->release());
  EXPECT_TRUE(device_->ntuple);
  EXPECT_FALSE(device_->split);
  device_->rules[6] = {};
  EXPECT_THAT(undo()->undone, ElementsAre("rx-ntuple-filter on → off"));
  EXPECT_EQ(*device_, before_);
}

TEST_F(LeaseTest, LeavesAloneWhatSomebodyChangedSince) {
  Script script;
  auto lease = take(script);
  device_->hds_thresh = 512;
  device_->rules[0].rule.queue = 1;  // Another rule in the place of ours.
  EXPECT_TRUE(lease->release());
  EXPECT_EQ(device_->hds_thresh, 512U);
  EXPECT_TRUE(device_->rules[0].is_used);
}

TEST_F(LeaseTest, ForMappedPagesTriesBuffersOfAPage) {
  ReceiveRequest request = testing::request();
  request.purpose = ReceiveRequest::Purpose::kMappedPages;
  Script script;
  auto lease = take(script, request);
  ASSERT_TRUE(lease) << to_string(lease.error());
  EXPECT_THAT(script.calls, ElementsAre("rx-buf-len 4096", "tcp-data-split 1", "hds-thresh 0"));
  EXPECT_THAT(lease->queues(), IsEmpty());
  EXPECT_TRUE(lease->release());
  EXPECT_EQ(*device_, before_);

  script = {.refused = {0}};
  lease = take(script, request);
  ASSERT_TRUE(lease) << "a NIC that refuses them is none to give up for";
  EXPECT_TRUE(lease->release());
  EXPECT_EQ(*device_, before_);
}

TEST_F(LeaseTest, SpreadsOverQueuesByAContextOfItsOwn) {
  device_->has_contexts = true;
  device_->contexts[0].is_used = true;  // Somebody else's.
  const Device found = *device_;
  ReceiveRequest request = testing::request();
  request.queues = 2;
  Script script;
  auto lease = take(script, request);
  ASSERT_TRUE(lease) << to_string(lease.error());
  EXPECT_THAT(lease->queues(), ElementsAre(3, 2));
  EXPECT_THAT(script.calls, Contains("context 32323232"));
  EXPECT_THAT(script.calls, Contains("rule to context 2"));
  EXPECT_TRUE(lease->release());
  EXPECT_EQ(*device_, found);
}

TEST_F(LeaseTest, FindsTheRuleWhereTheDriverPutIt) {
  device_->chooses_location = true;
  const Device found = *device_;
  Script script;
  auto lease = take(script);
  ASSERT_TRUE(lease);
  EXPECT_TRUE(device_->rules[5].is_used);
  EXPECT_TRUE(lease->release());
  EXPECT_EQ(*device_, found);
}

TEST_F(LeaseTest, OfASetupStandsUntilItIsUndone) {
  Script script;
  const auto made = set_up(script, everything());
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_THAT(made->queues, ElementsAre(3, 5));
  EXPECT_EQ(device_->rx_queues, 6U);
  EXPECT_EQ(device_->rx_ring, 1024U);
  EXPECT_EQ(device_->tcp_rmem, 64U << 20);
  EXPECT_TRUE(device_->tx_checksum);
  EXPECT_TRUE(device_->rules[1].is_used);
  const auto undone = undo();
  ASSERT_TRUE(undone) << to_string(undone.error());
  EXPECT_THAT(undone->in_use, IsEmpty());
  EXPECT_THAT(undone->undone, Contains("rx-ring 1024 → 512"));
  EXPECT_EQ(*device_, before_);
  EXPECT_EQ(journal(), "");
  EXPECT_THAT(undo()->undone, IsEmpty());
}

TEST_F(LeaseTest, OfASetupMadeTwiceChangesNothingMore) {
  Script script;
  ASSERT_TRUE(set_up(script, everything()));
  const Device once = *device_;
  const auto again = set_up(script, everything());
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_THAT(again->changes, IsEmpty());
  EXPECT_EQ(*device_, once);
  ASSERT_TRUE(undo());
  EXPECT_EQ(*device_, before_);
}

// gve, once anybody has touched its table.
TEST_F(LeaseTest, SetsADefaultTableAnewWhereChangedChannelsLeaveIt) {
  device_->is_table_left = true;
  SetupRequest request{.interface = "eth0", .queues = 1};
  request.channels.rx = 2;
  Script script;
  const auto done = set_up(script, request);
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_THAT(done->queues, ElementsAre(1));
  for (const std::uint32_t queue : device_->rss)
    EXPECT_EQ(queue, 0U);
  ASSERT_TRUE(undo());
  Device expected = before_;
  expected.is_table_left = true;
  EXPECT_EQ(*device_, expected);
}

TEST_F(LeaseTest, OfASetupThatFailsTakesBackItsOwnStepsOnly) {
  Script script;
  ASSERT_TRUE(set_up(script, {.interface = "eth0"}));
  const Device standing = *device_;
  script = {.refused = {3}};
  ASSERT_FALSE(set_up(script, everything()));
  EXPECT_EQ(*device_, standing);
  ASSERT_TRUE(undo());
  EXPECT_EQ(*device_, before_);
}

TEST_F(LeaseTest, UsesWhatASetupHasPreparedAndOutlivesItsUndoing) {
  Script script;
  ASSERT_TRUE(set_up(script, everything()));
  Script lease_script;
  auto lease = take(lease_script);  // Port 5201, for which a rule stands.
  ASSERT_TRUE(lease) << to_string(lease.error());
  EXPECT_THAT(lease->queues(), ElementsAre(3));
  EXPECT_THAT(lease->changes(), IsEmpty());
  const auto undone = undo();
  ASSERT_TRUE(undone) << to_string(undone.error());
  EXPECT_THAT(undone->in_use, Contains(HasSubstr("receives on queues 3")));
  EXPECT_TRUE(device_->split);
  EXPECT_TRUE(device_->rules[0].is_used) << "its rule is the lease's now";
  EXPECT_FALSE(device_->rules[1].is_used);
  EXPECT_EQ(device_->rx_ring, 512U);
  EXPECT_TRUE(lease->release());
  EXPECT_EQ(*device_, before_);
}

}  // namespace
}  // namespace nobounce::nic
