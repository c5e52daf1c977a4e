// SPDX-License-Identifier: Apache-2.0
#include "nic/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>

#include "nic_states.h"

namespace nobounce::nic {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using testing::gve_as_found;
using testing::listed;
using testing::request;

/// "tcp-data-split=1" for each wish.
std::vector<std::string> texts(const Plan& plan) {
  std::vector<std::string> lines;
  for (const Wish& wish : plan.wishes)
    lines.push_back(fmt::format("{}={}{}", name_of(wish.knob), fmt::join(wish.value, ","),
                                wish.is_optional ? " if it can" : ""));
  return lines;
}

netlink::FlowRule rule_to(std::uint32_t queue, std::uint16_t port) {
  return {.match = {.family = netlink::IpAddress::Family::kV4, .destination_port = port},
          .queue = queue};
}

/// The rule that request() asks for.
netlink::FlowRule requested_rule(std::uint32_t queue) {
  netlink::FlowRule rule = rule_to(queue, 5201);
  rule.match.destination = netlink::IpAddress::parse("10.0.0.2").value();
  return rule;
}

TEST(Plan, ForGveAsFoundTakesTheLastQueue) {
  const auto made = plan(gve_as_found(), request());
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_THAT(made->queues, ElementsAre(3));
  EXPECT_THAT(texts(*made), ElementsAre("tcp-data-split=1", "feature:rx-checksum=1",
                                        "feature:rx-ntuple-filter=1"));
  ASSERT_EQ(made->rules.size(), 1U);
  EXPECT_EQ(made->rules[0].rule, requested_rule(3));
  EXPECT_EQ(made->rules[0].location, 0U);
}

TEST(Plan, InsertsNoRuleThatStandsAndFollowsItToItsQueue) {
  NicState nic = gve_as_found();
  nic.rules->rules = {listed(requested_rule(1), 4)};
  const auto made = plan(nic, request());
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_THAT(made->queues, ElementsAre(1));
  EXPECT_THAT(made->rules, IsEmpty());
}

TEST(Plan, SetsAThresholdOnlyWhereThereIsOne) {
  NicState nic = gve_as_found();
  nic.rings.hds_thresh = 0;  // gve says 0 and lets nobody set it.
  EXPECT_EQ(texts(*plan(nic, request())).at(1), "feature:rx-checksum=1");
  nic.rings.hds_thresh = 256;
  nic.rings.hds_thresh_max = 1023;
  EXPECT_EQ(texts(*plan(nic, request())).at(1), "hds-thresh=0");
}

TEST(Plan, SteersAnyAddressByPortAlone) {
  for (const char* any : {"0.0.0.0", "::"}) {
    ReceiveRequest wanted = request();
    wanted.listen_address = any;
    const auto made = plan(gve_as_found(), wanted);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->rules.at(0).rule.match.destination, std::nullopt);
  }
}

TEST(Plan, SteersIpv6) {
  ReceiveRequest wanted = request();
  wanted.listen_address = "fd00:0:0:1::2";
  const auto made = plan(gve_as_found(), wanted);
  EXPECT_EQ(text_of(made->rules.at(0).rule.match), "TCP to fd00:0:0:1::2 port 5201");
}

TEST(Plan, TakesTheLowestFreeLocationOrLeavesItToTheDriver) {
  NicState nic = gve_as_found();
  nic.rules->rules = {listed(rule_to(1, 80), 0), listed(rule_to(1, 80), 2)};
  EXPECT_EQ(plan(nic, request())->rules.at(0).location, 1U);
  nic.rules->driver_chooses_location = true;
  EXPECT_EQ(plan(nic, request())->rules.at(0).location, netlink::kAnyLocation);
}

TEST(Plan, SkipsQueuesThatOthersUse) {
  NicState nic = gve_as_found();
  nic.rx_queues = 7;
  nic.held_queues = {{.queue = 6, .holder = netlink::QueueHolder::kIoUring}};
  nic.rules->rules = {listed(rule_to(5, 80), 0)};
  nic.claimed_queues = {4};
  nic.rss_contexts = {{.id = 1, .table = {3, 3, 2, 2}}};
  const auto made = plan(nic, request());
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_THAT(made->queues, ElementsAre(1));
}

TEST(Plan, PrefersAQueueThatASetupHasSetAside) {
  NicState nic = gve_as_found();
  nic.prepared_queues = {2};
  EXPECT_THAT(plan(nic, request())->queues, ElementsAre(2));
  nic.rules->rules = {listed(rule_to(2, 80), 0)};
  EXPECT_THAT(plan(nic, request())->queues, ElementsAre(3)) << "it is for another port";
}

TEST(Plan, ForSeveralQueuesUsesAnRssContextWhereThereIsOne) {
  NicState nic = gve_as_found();
  nic.has_rss_contexts = true;
  ReceiveRequest wanted = request();
  wanted.queues = 3;
  wanted.queue = 1;
  const auto made = plan(nic, wanted);
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_THAT(made->queues, ElementsAre(1, 3, 2));
  ASSERT_EQ(made->rules.size(), 1U);
  EXPECT_TRUE(made->rules[0].into_context);
}

TEST(Plan, ForSeveralQueuesOfAGveTellsFlowsApartByTheirSourcePort) {
  ReceiveRequest wanted = request();
  wanted.queues = 3;
  const auto made = plan(gve_as_found(), wanted);
  ASSERT_TRUE(made) << to_string(made.error());
  ASSERT_EQ(made->rules.size(), 4U) << "whole bits";
  std::vector<std::uint32_t> queues;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const auto& planned = made->rules[i];
    EXPECT_EQ(planned.rule.match.source_port_mask, 6) << "Linux connects from even ports";
    EXPECT_EQ(planned.rule.match.source_port, i << 1);
    EXPECT_EQ(planned.location, i);
    queues.push_back(planned.rule.queue);
  }
  EXPECT_THAT(queues, ElementsAre(3, 2, 1, 3));
}

TEST(Plan, ForMappedPagesTakesNoQueue) {
  ReceiveRequest wanted = request();
  wanted.purpose = ReceiveRequest::Purpose::kMappedPages;
  wanted.listen_port = 0;
  auto made = plan(gve_as_found(), wanted);
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_THAT(made->queues, IsEmpty());
  EXPECT_THAT(made->rules, IsEmpty());
  EXPECT_THAT(texts(*made), ElementsAre("rx-buf-len=4096 if it can", "tcp-data-split=1"));

  NicState nic = gve_as_found();
  nic.rings.rx_buf_len.reset();
  nic.rx_queues = 1;
  made = plan(nic, wanted);
  EXPECT_THAT(texts(*made), ElementsAre("tcp-data-split=1"));
}

TEST(Plan, TakesANicOfSomebodyElseOnlyByForce) {
  ReceiveRequest wanted = request();
  wanted.force = true;
  NicState nic = gve_as_found();
  nic.default_route_interface = "bond0";
  const auto refused = plan(nic, request());
  EXPECT_THAT(refused.error().fix, HasSubstr("--force"));
  EXPECT_TRUE(plan(nic, wanted));
  nic.link.xdp_attached = true;
  nic.link.xdp_program = 77;
  EXPECT_THAT(plan(nic, request()).error().cause, HasSubstr("id 77"));
  EXPECT_TRUE(plan(nic, wanted));
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
    {"DefaultRoute", [](auto& nic, auto&) { nic.default_route_interface = "eth0"; }, Code::kBusy,
     "it carries the default route"},
    {"DefaultRouteOfABond", [](auto& nic, auto&) { nic.default_route_interface = "bond0"; },
     Code::kBusy, "the default route, by bond0"},
    {"NoQueues", [](auto&, auto& wanted) { wanted.queues = 0; }, Code::kInvalidArgument,
     "0 queues"},
    {"TooManyQueues", [](auto&, auto& wanted) { wanted.queues = 65; }, Code::kInvalidArgument,
     "65 queues"},
    {"MoreQueuesThanThereAre", [](auto&, auto& wanted) { wanted.queues = 4; },
     Code::kInvalidArgument, "4 queues are wanted; the NIC has 4"},
    {"QueueOfAnotherLease",
     [](auto& nic, auto& wanted) {
       wanted.queue = 2;
       nic.claimed_queues = {2};
     },
     Code::kBusy, "by another nobounce"},
    {"QueueInAContext",
     [](auto& nic, auto& wanted) {
       wanted.queue = 2;
       nic.rss_contexts = {{.id = 7, .table = {1, 2}}};
     },
     Code::kBusy, "RSS context 7 spreads over queue 2"},
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
