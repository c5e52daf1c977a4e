// SPDX-License-Identifier: Apache-2.0
// Who gets which NIC: the plan of the emulated network, and the guest's half of it, by MAC address.
#include "lab/network_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lab/topology.h"

namespace nobounce::lab {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(NetworkPlan, PairsLieInOneGuestOrHaveAnEndInEach) {
  const auto one = plan_network({.pairs = 2,
                                 .queues = 8,
                                 .mtu = 9000,
                                 .doorbells = emulator::gvnic::Doorbells::kPolled,
                                 .capture = "/f"});
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->layout.wires.size(), 2u);
  ASSERT_EQ(one->layout.nics.size(), 4u);
  EXPECT_EQ(one->layout.nics[3].options.queues, 8u);
  EXPECT_EQ(one->layout.nics[3].options.mtu, 9000);
  EXPECT_EQ(one->layout.nics[3].options.doorbells, emulator::gvnic::Doorbells::kPolled);
  EXPECT_EQ(one->layout.capture, "/f");
  ASSERT_EQ(one->guests.size(), 1u);
  EXPECT_EQ(one->guests[0].hosts, "ab");
  EXPECT_THAT(one->guests[0].nics, ElementsAre(0, 1, 2, 3));

  const auto two = plan_network({.pairs = 2, .guests = 2});
  ASSERT_TRUE(two.has_value());
  ASSERT_EQ(two->guests.size(), 2u);
  EXPECT_EQ(two->guests[0].hosts, "a");
  EXPECT_THAT(two->guests[0].nics, ElementsAre(0, 2));
  EXPECT_EQ(two->guests[1].hosts, "b");
  EXPECT_THAT(two->guests[1].nics, ElementsAre(1, 3));
}

TEST(NetworkPlan, TheEndsOfAPairAreThoseOfItsHosts) {
  const auto plan = plan_network({.pairs = 2, .guests = 2});
  ASSERT_TRUE(plan.has_value());
  for (std::uint32_t host = 0; host < 2; ++host)
    for (const std::size_t nic : plan->guests[host].nics)
      EXPECT_EQ(plan->layout.nics[nic].options.mac[5], host);
}

TEST(NetworkPlan, ASwitchJoinsManyHosts) {
  const auto plan = plan_network({.topology = Topology::kSwitch,
                                  .hosts = 4,
                                  .impairments = {.loss = 0.5},
                                  .seed = 9,
                                  .queue_bytes = 1 << 20});
  ASSERT_TRUE(plan.has_value());
  ASSERT_EQ(plan->layout.wires.size(), 1u);
  EXPECT_EQ(plan->layout.wires[0].stations.size(), 4u);
  EXPECT_EQ(plan->layout.wires[0].impairments.loss, 0.5);
  EXPECT_EQ(plan->layout.wires[0].seed, 9u);
  EXPECT_EQ(plan->layout.wires[0].queue_bytes, 1u << 20);
  ASSERT_EQ(plan->guests.size(), 1u);
  EXPECT_EQ(plan->guests[0].hosts, "abcd");
  EXPECT_THAT(plan->guests[0].nics, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(plan_network({.topology = Topology::kSwitch})->guests[0].hosts, "abc");
}

TEST(NetworkPlan, HostsAreThereWithoutNics) {
  const auto plan = plan_network({.pairs = 0});
  ASSERT_TRUE(plan.has_value());
  EXPECT_TRUE(plan->layout.nics.empty());
  EXPECT_EQ(plan->guests[0].hosts, "ab");
}

TEST(NetworkPlan, ContradictionsNameTheFlagAndTheFix) {
  struct Case {
    NetworkOptions options;
    const char* flag;
  };
  for (const auto& [options, flag] :
       std::vector<Case>{{{.topology = Topology::kSwitch, .pairs = 1}, "--pairs"},
                         {{.topology = Topology::kSwitch, .guests = 2}, "--guests"},
                         {{.hosts = 3}, "--hosts"},
                         {{.pairs = 0, .guests = 2}, "--guests"},
                         {{.pairs = 0, .capture = "/f"}, "--capture"},
                         {{.pairs = 0, .impairments = {.loss = 0.1}}, "--wire-"}}) {
    const auto plan = plan_network(options);
    ASSERT_FALSE(plan.has_value()) << flag;
    EXPECT_EQ(plan.error().code, Code::kInvalidArgument) << flag;
    EXPECT_THAT(plan.error().object, HasSubstr(flag));
    EXPECT_FALSE(plan.error().fix.empty()) << flag;
  }
  EXPECT_FALSE(plan_network({.impairments = {.loss = 2}}).has_value());
}

TEST(Topology, OnlyOurMacAddressesHaveAPlace) {
  EXPECT_EQ(place_of_mac("02:6e:62:00:03:01"), (NicPlace{.network = 3, .host = 1}));
  EXPECT_EQ(place_of_mac("02:6e:62:01:00:07"), (NicPlace{.network = 0, .host = 7}));
  for (const char* mac : {"02:6e:62:00:03:02", "02:6e:62:01:01:00", "02:6e:62:01:00:1a",
                          "52:54:00:00:00:01", "02:6e:62:00:zz:00", ""})
    EXPECT_FALSE(place_of_mac(mac).has_value()) << mac;
}

TEST(Topology, EachEndGetsItsNamespaceNameAndAddresses) {
  const NicCommands commands = nic_commands("ab",
                                            {{.name = "eth0", .mac = "02:6e:62:00:01:01"},
                                             {.name = "eth1", .mac = "02:6e:62:00:01:00"},
                                             {.name = "lo", .mac = "00:00:00:00:00:00"}},
                                            4148);
  EXPECT_EQ(commands.placed, 2u);
  EXPECT_EQ(commands.in_initial,
            "link set lo up\nnetns add a\nnetns add b\n"
            "link set dev eth0 netns b name eth1\nlink set dev eth1 netns a name eth1\n");
  EXPECT_THAT(commands.in_host.at('a'), HasSubstr("addr add 10.0.1.1/24 dev eth1\n"
                                                  "addr add fd00:1::1/64 dev eth1 nodad\n"));
  EXPECT_THAT(commands.in_host.at('b'),
              HasSubstr("link set dev eth1 mtu 4148\naddr add 10.0.1.2/24"));
}

TEST(Topology, OnASwitchEachHostHasAnAddressOfOneNetwork) {
  const NicCommands commands =
      nic_commands("abc", {{.name = "eth2", .mac = "02:6e:62:01:00:02"}}, 1500);
  EXPECT_EQ(commands.placed, 1u);
  EXPECT_THAT(commands.in_host.at('c'), HasSubstr("addr add 10.0.0.3/24 dev eth0\n"
                                                  "addr add fd00:0::3/64 dev eth0 nodad\n"));
}

TEST(Topology, ANicOfAHostThatLivesElsewhereIsLeftAlone) {
  const NicCommands commands =
      nic_commands("b", {{.name = "eth0", .mac = "02:6e:62:00:00:00"}}, 1500);
  EXPECT_EQ(commands.placed, 0u);
  EXPECT_EQ(commands.in_initial, "link set lo up\nnetns add b\n");
}

TEST(NetworkPlan, EachGuestHasAcceleratorsThatItsOwnNicsReach) {
  const auto plan = plan_network({.pairs = 2, .guests = 2, .accelerators = 2});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->layout.accelerators.size(), 4U);
  EXPECT_EQ(plan->guests[1].accelerators, (std::vector<std::size_t>{2, 3}));
  for (const std::uint32_t guest : {0U, 1U}) {
    for (const std::size_t nic : plan->guests[guest].nics)
      EXPECT_EQ(plan->layout.nics[nic].guest, guest);
    for (const std::size_t accelerator : plan->guests[guest].accelerators)
      EXPECT_EQ(plan->layout.accelerators[accelerator].guest, guest);
  }
}

}  // namespace
}  // namespace nobounce::lab
