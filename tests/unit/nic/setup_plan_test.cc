// SPDX-License-Identifier: Apache-2.0
// What a setup asks for, as text and as a plan, and the commands that would do the same.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nic/plan.h"
#include "nic/setup.h"
#include "nic_states.h"

namespace nobounce::nic {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

using testing::gve_as_found;

/// A NIC of another kind: combined channels, hds-thresh to set, RSS contexts, transmit checksums
/// for each IP version.
NicState other_nic() {
  NicState nic = gve_as_found();
  nic.driver = "other";
  nic.channels = {.combined = 4, .combined_max = 16};
  nic.rings.hds_thresh = 256;
  nic.rings.hds_thresh_max = 1023;
  nic.rings.rx_buf_len.reset();
  nic.has_rss_contexts = true;
  nic.tx_checksum.active = false;
  const netlink::Feature off{.active = false, .can_change = true};
  nic.features.erase("tx-checksum-ip-generic");
  nic.features["tx-checksum-ipv4"] = nic.features["tx-checksum-ipv6"] = off;
  nic.sysctls = {{"net.core.optmem_max", {131072}}, {"net.ipv4.tcp_rmem", {4096, 131072, 6291456}}};
  return nic;
}

SetupRequest setup() {
  return {.interface = "eth0"};
}

std::vector<std::string> commands(const NicState& nic, const SetupRequest& request) {
  const auto channels = plan_channels(nic, request);
  EXPECT_TRUE(channels) << to_string(channels.error());
  auto all = commands_for(nic, *channels);
  const NicState then = after_channels(nic, *channels);
  const auto rest = plan_setup(then, request);
  EXPECT_TRUE(rest) << to_string(rest.error());
  for (const auto& command : commands_for(then, *rest))
    all.push_back(command);
  return all;
}

TEST(SetupRule, IsReadAsAUserWouldWriteIt) {
  auto rule = parse_setup_rule("tcp4:10.0.0.2:5000=3").value();
  EXPECT_EQ(text_of(rule.match), "TCP to 10.0.0.2 port 5000");
  EXPECT_THAT(rule.queue, Optional(3U));
  rule = parse_setup_rule("tcp6:[fd00::2]:65535").value();
  EXPECT_EQ(text_of(rule.match), "TCP to fd00::2 port 65535");
  EXPECT_EQ(rule.queue, std::nullopt);
  EXPECT_EQ(text_of(parse_setup_rule("tcp4:*:80=1")->match), "TCP to any IPv4 address port 80");
  EXPECT_EQ(text_of(parse_setup_rule("tcp6:*:80")->match), "TCP to any IPv6 address port 80");
  EXPECT_EQ(parse_setup_rule("tcp4:0.0.0.0:80")->match.destination, std::nullopt);
}

TEST(SetupRule, OfAnotherFormIsRefusedWithTheForm) {
  for (const char* bad :
       {"", "tcp4", "tcp4:", "udp4:10.0.0.2:5=1", "tcp4:10.0.0.2", "tcp4:10.0.0.2:0", "tcp4::5",
        "tcp4:10.0.0.2:65536", "tcp4:fd00::2:5", "tcp6:10.0.0.2:5", "tcp6:fd00::2:5",
        "tcp4:[10.0.0.2]:5", "tcp4:10.0.0.2:5=", "tcp4:10.0.0.2:5=x", "tcp4:10.0.0.2:5=1=2",
        "tcp4:10.0.0.2:5 =1", "tcp4:10.0.0.2:5=-1"}) {
    const auto rule = parse_setup_rule(bad);
    ASSERT_FALSE(rule) << bad;
    EXPECT_EQ(rule.error().code, Code::kInvalidArgument);
    EXPECT_THAT(rule.error().fix, HasSubstr("tcp4:ADDR:PORT=QUEUE"));
  }
}

TEST(SetupCounts, AreReadByName) {
  EXPECT_THAT(parse_channels_wanted("rx=4,tx=2")->tx, Optional(2U));
  EXPECT_THAT(parse_channels_wanted("combined=8")->combined, Optional(8U));
  const auto rings = parse_rings_wanted("rx-buf-len=4096,rx=1024").value();
  EXPECT_THAT(rings.rx_buf_len, Optional(4096U));
  EXPECT_THAT(rings.rx, Optional(1024U));
  EXPECT_EQ(rings.tx, std::nullopt);
  for (const char* bad : {"", "4", "rx", "rx=", "rx=4,", ",rx=4", "rx=4,rx=5", "rx=4x", "all=3"}) {
    EXPECT_FALSE(parse_channels_wanted(bad)) << bad;
    EXPECT_FALSE(parse_rings_wanted(bad)) << bad;
  }
}

TEST(SetupPlan, OfNothingInParticularSetsOneQueueAside) {
  EXPECT_THAT(commands(gve_as_found(), setup()),
              ElementsAre("ethtool -G eth0 tcp-data-split on",
                          "ethtool -K eth0 rx-ntuple-filter on", "ethtool -X eth0 weight 1 1 1 0"));
}

TEST(SetupPlan, SaysAllThatWasAskedFor) {
  SetupRequest request = setup();
  request.queues = 2;
  request.flows = {parse_setup_rule("tcp4:10.0.0.2:5000=1").value(),
                   parse_setup_rule("tcp6:*:5001").value()};
  request.channels.rx = 6;
  request.rings = {.rx = 1024, .tx = 2048, .rx_buf_len = 4096};
  EXPECT_THAT(
      commands(gve_as_found(), request),
      ElementsAre("ethtool -L eth0 rx 6 tx 4", "ethtool -G eth0 rx 1024", "ethtool -G eth0 tx 2048",
                  "ethtool -G eth0 rx-buf-len 4096", "ethtool -G eth0 tcp-data-split on",
                  "ethtool -K eth0 rx-ntuple-filter on", "ethtool -X eth0 weight 1 0 1 1 1 0",
                  "ethtool -N eth0 flow-type tcp4 dst-ip 10.0.0.2 dst-port 5000 action 1 loc 0",
                  "ethtool -N eth0 flow-type tcp6 dst-port 5001 action 5 loc 1"));
}

TEST(SetupPlan, OfANicWithMoreKnobsSetsThem) {
  SetupRequest request = setup();
  request.channels.combined = 8;
  request.sysctls = true;
  EXPECT_THAT(
      commands(other_nic(), request),
      ElementsAre("ethtool -L eth0 combined 8", "sysctl -w net.core.optmem_max='1048576'",
                  "sysctl -w net.ipv4.tcp_rmem='4096 131072 67108864'",
                  "ethtool -G eth0 tcp-data-split on", "ethtool -G eth0 hds-thresh 0",
                  "ethtool -K eth0 tx-checksum-ipv4 on", "ethtool -K eth0 tx-checksum-ipv6 on",
                  "ethtool -K eth0 rx-ntuple-filter on", "ethtool -X eth0 weight 1 1 1 1 1 1 1 0"));
}

TEST(SetupPlan, NeverLowersASysctl) {
  NicState nic = other_nic();
  nic.sysctls = {{"net.core.optmem_max", {std::uint64_t{2} << 20}},
                 {"net.ipv4.tcp_rmem", {4096, 131072, std::uint64_t{1} << 30}}};
  SetupRequest request = setup();
  request.sysctls = true;
  for (const auto& command : commands(nic, request))
    EXPECT_THAT(command, ::testing::Not(HasSubstr("sysctl")));
}

TEST(SetupPlan, WithoutQueuesLeavesSteeringAlone) {
  SetupRequest request = setup();
  request.queues = 0;
  NicState nic = gve_as_found();
  nic.rx_queues = 1;
  EXPECT_THAT(commands(nic, request), ElementsAre("ethtool -G eth0 tcp-data-split on"));
}

TEST(SetupPlan, OfWhatIsSoAlreadyHasNoCommand) {
  NicState nic = gve_as_found();
  nic.rings.header_split = netlink::HeaderSplit::kOn;
  nic.features["rx-ntuple-filter"].active = true;
  nic.rss_table = {0, 1, 2, 0};
  EXPECT_THAT(commands(nic, setup()), IsEmpty());
}

struct SetupRefusal {
  const char* name;
  std::function<void(NicState&, SetupRequest&)> change;
  Code code;
  const char* cause;
};

void PrintTo(const SetupRefusal& refusal, std::ostream* out) {
  *out << refusal.cause;
}

class SetupRefuses : public ::testing::TestWithParam<SetupRefusal> {};

TEST_P(SetupRefuses, WithTheReason) {
  NicState nic = gve_as_found();
  SetupRequest request = setup();
  GetParam().change(nic, request);
  Status made;
  if (const auto channels = plan_channels(nic, request); !channels) made = fail(channels.error());
  if (made) {
    if (const auto rest = plan_setup(nic, request); !rest) made = fail(rest.error());
  }
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, GetParam().code);
  EXPECT_THAT(made.error().cause, HasSubstr(GetParam().cause));
}

const SetupRefusal kSetupRefusals[] = {
    {"DefaultRoute", [](auto& nic, auto&) { nic.default_route_interface = "eth0"; }, Code::kBusy,
     "default route"},
    {"CombinedOfAGve", [](auto&, auto& request) { request.channels.combined = 4; },
     Code::kInvalidArgument, "4 combined channels"},
    {"MoreChannelsThanThereAre", [](auto&, auto& request) { request.channels.rx = 9; },
     Code::kInvalidArgument, "9 rx channels"},
    {"NoChannels", [](auto&, auto& request) { request.channels.tx = 0; }, Code::kInvalidArgument,
     "0 tx channels"},
    {"RingTooLarge", [](auto&, auto& request) { request.rings.rx = 8192; }, Code::kInvalidArgument,
     "8192 descriptors"},
    {"BufferOfAGve", [](auto&, auto& request) { request.rings.rx_buf_len = 8192; },
     Code::kInvalidArgument, "gve has no buffers of 8192"},
    {"QueueZero",
     [](auto&, auto& request) { request.flows = {parse_setup_rule("tcp4:*:5=0").value()}; },
     Code::kInvalidArgument, "queue 0"},
    {"FlowWithoutQueues",
     [](auto&, auto& request) {
       request.queues = 0;
       request.flows = {parse_setup_rule("tcp4:*:5").value()};
     },
     Code::kInvalidArgument, "none are"},
    {"NoTransmitChecksum",
     [](auto& nic, auto&) {
       nic.tx_checksum = {};
       nic.features.erase("tx-checksum-ip-generic");
     },
     Code::kUnsupported, "transmit checksum"},
    {"TooManyQueues", [](auto&, auto& request) { request.queues = 4; }, Code::kInvalidArgument,
     "4 queues are wanted; the NIC has 4"},
};

INSTANTIATE_TEST_SUITE_P(Nic, SetupRefuses, ::testing::ValuesIn(kSetupRefusals),
                         [](const auto& refusal) { return refusal.param.name; });

}  // namespace
}  // namespace nobounce::nic
