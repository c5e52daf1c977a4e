// SPDX-License-Identifier: Apache-2.0
#include "nic/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>

#include "nic_states.h"

namespace nobounce::nic {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Ne;

using testing::gve_as_found;
using testing::listed;
using testing::request;

std::vector<std::string> texts(const Plan& plan) {
  std::vector<std::string> lines;
  for (const Step& step : plan.steps)
    lines.push_back(text_of(step));
  return lines;
}

template <typename T>
const T* find_step(const Plan& plan) {
  for (const Step& step : plan.steps) {
    if (const T* found = std::get_if<T>(&step)) return found;
  }
  return nullptr;
}

TEST(Plan, ForGveAsFoundTakesTheLastQueue) {
  const auto made = plan(gve_as_found(), request());
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_EQ(made->queue, 3U);
  EXPECT_THAT(texts(*made), ElementsAre("tcp-data-split off → on", "rx-ntuple-filter off → on",
                                        "RSS over queues 0,1,2 only",
                                        "flow rule: TCP to 10.0.0.2 port 5201 → queue 3"));
  EXPECT_EQ(find_step<InsertRule>(*made)->location, 0U);
}

TEST(Plan, MovesOnlyTheBucketsOfItsQueueAndRemembersTheDefault) {
  const auto made = plan(gve_as_found(), request());
  const auto* rss = find_step<SetRssTable>(*made);
  ASSERT_NE(rss, nullptr);
  EXPECT_THAT(rss->wanted, ElementsAre(0, 1, 2, 0, 0, 1, 2, 1));
  EXPECT_TRUE(rss->before.empty()) << "a default table is restored by a reset";
}

TEST(Plan, RestoresATableThatSomebodySet) {
  NicState nic = gve_as_found();
  nic.rss_table = {3, 3, 1, 1, 3, 3, 1, 1};
  const auto made = plan(nic, request());
  const auto* rss = find_step<SetRssTable>(*made);
  ASSERT_NE(rss, nullptr);
  EXPECT_THAT(rss->wanted, Each(1));
  EXPECT_EQ(rss->before, nic.rss_table);
}

TEST(Plan, SendsRssToQueueZeroWhereItKnewOnlyOurs) {
  NicState nic = gve_as_found();
  nic.rss_table = {3, 3};
  EXPECT_THAT(find_step<SetRssTable>(*plan(nic, request()))->wanted, Each(0));
}

TEST(Plan, SpreadsRssOverNoBoundQueue) {
  NicState nic = gve_as_found();
  nic.held_queues = {{.queue = 2, .holder = netlink::QueueHolder::kDmaBuf}};
  EXPECT_THAT(find_step<SetRssTable>(*plan(nic, request()))->wanted,
              ElementsAre(0, 1, 2, 0, 0, 1, 2, 1))
      << "buckets of others are left alone";
  nic.rss_table = {2, 3};
  EXPECT_THAT(find_step<SetRssTable>(*plan(nic, request()))->wanted, ElementsAre(2, 0));
}

TEST(Plan, LeavesAloneWhatIsAsWanted) {
  NicState nic = gve_as_found();
  nic.rings.header_split = netlink::HeaderSplit::kOn;
  nic.ntuple.active = true;
  nic.rss_table = {0, 1, 2, 0};
  nic.rules->rules = {
      listed({.match = {.family = netlink::IpAddress::Family::kV4,
                        .destination = netlink::IpAddress::parse("10.0.0.2").value(),
                        .destination_port = 5201},
              .queue = 3},
             4)};
  const auto made = plan(nic, request());
  ASSERT_TRUE(made) << to_string(made.error());
  ASSERT_EQ(made->steps.size(), 1U) << "header split is asked for, as bind-rx wants";
  EXPECT_FALSE(changes_something(made->steps[0]));
}

TEST(Plan, FollowsARuleThatStandsToItsQueue) {
  NicState nic = gve_as_found();
  nic.rules->rules = {
      listed({.match = {.family = netlink::IpAddress::Family::kV4,
                        .destination = netlink::IpAddress::parse("10.0.0.2").value(),
                        .destination_port = 5201},
              .queue = 1},
             0)};
  const auto made = plan(nic, request());
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_EQ(made->queue, 1U);
  EXPECT_EQ(find_step<InsertRule>(*made), nullptr);
}

TEST(Plan, NeverSetsAThresholdThatIsZeroOrAbsent) {
  NicState nic = gve_as_found();
  EXPECT_EQ(find_step<SetHdsThreshold>(*plan(nic, request())), nullptr);
  nic.rings.hds_thresh = 0;
  nic.rings.hds_thresh_max = 1023;
  EXPECT_EQ(find_step<SetHdsThreshold>(*plan(nic, request())), nullptr);
}

TEST(Plan, LowersAThresholdThatCanBeSet) {
  NicState nic = gve_as_found();
  nic.rings.hds_thresh = 256;
  nic.rings.hds_thresh_max = 1023;
  const auto made = plan(nic, request());
  ASSERT_TRUE(made);
  EXPECT_EQ(texts(*made).at(1), "hds-thresh 256 → 0");
}

TEST(Plan, TurnsOnReceiveChecksums) {
  NicState nic = gve_as_found();
  nic.rx_checksum.active = false;
  EXPECT_EQ(texts(*plan(nic, request())).at(1), "rx-checksum off → on");
}

TEST(Plan, SteersAnyAddressByPortAlone) {
  for (const char* any : {"0.0.0.0", "::"}) {
    ReceiveRequest wanted = request();
    wanted.listen_address = any;
    const auto made = plan(gve_as_found(), wanted);
    ASSERT_TRUE(made);
    EXPECT_EQ(find_step<InsertRule>(*made)->rule.match.destination, std::nullopt);
  }
}

TEST(Plan, SteersIpv6) {
  ReceiveRequest wanted = request();
  wanted.listen_address = "fd00:0:0:1::2";
  const auto made = plan(gve_as_found(), wanted);
  EXPECT_EQ(texts(*made).back(), "flow rule: TCP to fd00:0:0:1::2 port 5201 → queue 3");
}

TEST(Plan, TakesTheLowestFreeLocationOrLeavesItToTheDriver) {
  NicState nic = gve_as_found();
  const netlink::FlowRule other{.match = {.family = netlink::IpAddress::Family::kV4,
                                          .destination = {},
                                          .destination_port = 80},
                                .queue = 1};
  nic.rules->rules = {listed(other, 0), listed(other, 2)};
  EXPECT_EQ(find_step<InsertRule>(*plan(nic, request()))->location, 1U);
  nic.rules->driver_chooses_location = true;
  EXPECT_EQ(find_step<InsertRule>(*plan(nic, request()))->location, netlink::kAnyLocation);
}

TEST(Plan, SkipsQueuesThatOthersUse) {
  NicState nic = gve_as_found();
  nic.held_queues = {{.queue = 3, .holder = netlink::QueueHolder::kIoUring}};
  nic.rules->rules = {listed({.match = {.family = netlink::IpAddress::Family::kV4,
                                        .destination = {},
                                        .destination_port = 80},
                              .queue = 2},
                             0)};
  const auto made = plan(nic, request());
  ASSERT_TRUE(made);
  EXPECT_EQ(made->queue, 1U);
}

struct Refusal {
  const char* name;
  std::function<void(NicState&, ReceiveRequest&)> change;
  Code code;
  const char* cause;
};

/// Else GoogleTest prints addresses, and the names of tests change from run to run.
void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.cause;
}

class PlanRefuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(PlanRefuses, WithTheProbeThatFailed) {
  NicState nic = gve_as_found();
  ReceiveRequest wanted = request();
  GetParam().change(nic, wanted);
  const auto made = plan(nic, wanted);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, GetParam().code);
  EXPECT_EQ(made.error().object, "eth0");
  EXPECT_THAT(made.error().cause, HasSubstr(GetParam().cause));
}

netlink::FlowRule rule_to(std::uint32_t queue, std::uint16_t port) {
  return {.match = {.family = netlink::IpAddress::Family::kV4,
                    .destination = {},
                    .destination_port = port},
          .queue = queue};
}

const Refusal kRefusals[] = {
    {"InterfaceDown", [](auto& nic, auto&) { nic.link.up = false; }, Code::kUnsupported, "is down"},
    {"Xdp",
     [](auto& nic, auto&) {
       nic.link.xdp_attached = true;
       nic.rings.header_split = netlink::HeaderSplit::kUnknown;  // As gve hides it then.
     },
     Code::kBusy, "XDP program"},
    {"NoHeaderSplit",
     [](auto& nic, auto&) { nic.rings.header_split = netlink::HeaderSplit::kUnknown; },
     Code::kUnsupported, "no header split"},
    {"ThresholdFixed", [](auto& nic, auto&) { nic.rings.hds_thresh = 256; }, Code::kUnsupported,
     "hds-thresh is 256"},
    {"OneQueue", [](auto& nic, auto&) { nic.rx_queues = 1; }, Code::kUnsupported,
     "one receive queue"},
    {"NoChecksum", [](auto& nic, auto&) { nic.rx_checksum = {}; }, Code::kUnsupported, "checksum"},
    {"NoNtuple", [](auto& nic, auto&) { nic.ntuple = {}; }, Code::kUnsupported, "ntuple"},
    {"NoRules",
     [](auto& nic, auto&) { nic.rules = fail(error_from_errno(95, "rule-count", "eth0")); },
     Code::kUnsupported, "rule-count"},
    {"NoRss", [](auto& nic, auto&) { nic.rss_table.clear(); }, Code::kUnsupported, "RSS"},
    {"QueueZero", [](auto&, auto& wanted) { wanted.queue = 0; }, Code::kInvalidArgument, "queue 0"},
    {"QueuePastTheEnd", [](auto&, auto& wanted) { wanted.queue = 4; }, Code::kInvalidArgument,
     "no receive queue 4"},
    {"QueueBound",
     [](auto& nic, auto& wanted) {
       wanted.queue = 2;
       nic.held_queues = {{.queue = 2, .holder = netlink::QueueHolder::kDmaBuf}};
     },
     Code::kBusy, "queue 2 is already bound to a dma-buf"},
    {"QueueSteeredTo",
     [](auto& nic, auto& wanted) {
       wanted.queue = 2;
       nic.rules->rules = {listed(rule_to(2, 80), 6)};
     },
     Code::kBusy, "flow rule 6 steers other traffic"},
    {"EveryQueueTaken",
     [](auto& nic, auto&) {
       nic.rx_queues = 2;
       nic.held_queues = {{.queue = 1, .holder = netlink::QueueHolder::kAfXdp}};
     },
     Code::kBusy, "every receive queue"},
    {"EveryQueueSteeredTo",
     [](auto& nic, auto&) {
       nic.rx_queues = 2;
       nic.rules->rules = {listed(rule_to(0, 81), 4), listed(rule_to(1, 80), 6)};
     },
     Code::kBusy, "every receive queue"},
    {"PortSteeredElsewhere",
     [](auto& nic, auto&) { nic.rules->rules = {listed(rule_to(0, 5201), 5)}; }, Code::kBusy,
     "flow rule 5 already claims TCP to 10.0.0.2 port 5201"},
    {"PortDropped",
     [](auto& nic, auto&) {
       nic.rules->rules = {listed(rule_to(0, 5201), 5)};
       nic.rules->rules[0].queue.reset();
     },
     Code::kBusy, "flow rule 5 already claims"},
    {"RulesFull",
     [](auto& nic, auto&) {
       nic.rules->size = 1;
       nic.rules->rules = {listed(rule_to(0, 80), 0)};
     },
     Code::kExhausted, "all 1 flow rules"},
    {"NoPort", [](auto&, auto& wanted) { wanted.listen_port = 0; }, Code::kInvalidArgument, "port"},
};

INSTANTIATE_TEST_SUITE_P(Nic, PlanRefuses, ::testing::ValuesIn(kRefusals),
                         [](const auto& refusal) { return refusal.param.name; });

TEST(Plan, RefusesAnAddressThatIsNone) {
  ReceiveRequest wanted = request();
  wanted.listen_address = "host-b";
  EXPECT_EQ(plan(gve_as_found(), wanted).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace nobounce::nic
