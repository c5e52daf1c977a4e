// SPDX-License-Identifier: Apache-2.0
#include "bench/saved_nic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace nobounce::bench {
namespace {

using nlohmann::json;

SavedNic a_nic() {
  return {.interface = "eth0",
          .mtu = 1500,
          .packet_sizes = {{"gso_max_size", 65536}, {"gro_max_size", 65536}},
          .features = {{"gro", true}, {"rx-gro-hw", false}},
          .irqs = {{45, "0-3"}, {46, "1"}},
          .rps = {{"rx-0", "00"}},
          .xps = {{"tx-0", "01"}}};
}

TEST(SavedNic, IsReadAsItWasWritten) {
  const auto read = parse_saved_nic(to_json(a_nic()).dump());
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(*read, a_nic());
}

TEST(SavedNic, NamesNothingThatIsNotItsOwn) {
  const std::function<void(json&)> changes[] = {
      [](json& it) { it["interface"] = "eth0; reboot"; },
      [](json& it) { it["interface"] = "../../etc"; },
      [](json& it) { it["mtu"] = "1500"; },
      [](json& it) { it["mtu"] = -1; },
      [](json& it) { it["packet_sizes"]["up"] = 1; },
      [](json& it) { it["packet_sizes"]["gso_max_size"] = "65536; reboot"; },
      [](json& it) { it["features"]["lro"] = true; },
      [](json& it) { it["features"]["gro"] = "on"; },
      [](json& it) { it["irqs"]["45/../46"] = "1"; },
      [](json& it) { it["irqs"]["45"] = "$(reboot)"; },
      [](json& it) { it["rps"]["rx-../../x"] = "0"; },
      [](json& it) { it["rps"]["tx-0"] = "0"; },
      [](json& it) { it["xps"]["tx-0"] = ""; },
      [](json& it) { it["more"] = 1; },
      [](json& it) { it.erase("xps"); },
      [](json& it) { it["schema"] = "nobounce.saved-nic/2"; },
  };
  for (const auto& change : changes) {
    json object = to_json(a_nic());
    change(object);
    EXPECT_FALSE(parse_saved_nic(object.dump())) << object.dump();
  }
  EXPECT_FALSE(parse_saved_nic(""));
  EXPECT_FALSE(parse_saved_nic(to_json(a_nic()).dump().substr(0, 40)));
}

TEST(SavedNic, WhatIsAsItWasIsLeftAlone) {
  EXPECT_TRUE(commands_back_to(a_nic(), a_nic()).empty());
  EXPECT_TRUE(files_back_to(a_nic(), a_nic()).empty());
}

TEST(SavedNic, WhatWasChangedIsSetBack) {
  SavedNic now = a_nic();
  now.mtu = 4148;
  now.packet_sizes["gso_max_size"] = 196608;
  now.features = {{"gro", false}, {"rx-gro-hw", true}};
  now.irqs = {{45, "0"}, {46, "1"}, {47, "0"}};
  now.rps["rx-0"] = "0f";
  now.xps.clear();
  EXPECT_THAT(commands_back_to(a_nic(), now),
              testing::ElementsAre("ip link set dev eth0 mtu 1500",
                                   "ip link set dev eth0 gso_max_size 65536",
                                   "ethtool -K eth0 gro on", "ethtool -K eth0 rx-gro-hw off"));
  // Neither an interrupt nor a queue that is gone, or that is new.
  EXPECT_THAT(files_back_to(a_nic(), now),
              testing::ElementsAre(std::pair<const std::string, std::string>(
                                       "/proc/irq/45/smp_affinity_list", "0-3"),
                                   std::pair<const std::string, std::string>(
                                       "/sys/class/net/eth0/queues/rx-0/rps_cpus", "00")));
}

}  // namespace
}  // namespace nobounce::bench
