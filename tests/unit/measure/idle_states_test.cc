// SPDX-License-Identifier: Apache-2.0
#include "measure/idle_states.h"

#include <gtest/gtest.h>

#include "host_tree.h"

namespace nobounce::measure {
namespace {

// A server with intel_idle; CPU 2 is offline.
HostTree server() {
  return HostTree({{"cpu0/cpuidle/state0/name", "POLL"},
                   {"cpu0/cpuidle/state0/time", "1000"},
                   {"cpu0/cpuidle/state0/usage", "50"},
                   {"cpu0/cpuidle/state1/name", "C1"},
                   {"cpu0/cpuidle/state1/time", "2000000"},
                   {"cpu0/cpuidle/state1/usage", "400"},
                   {"cpu10/cpuidle/state0/name", "POLL"},
                   {"cpu10/cpuidle/state0/time", "7"},
                   {"cpu10/cpuidle/state0/usage", "1"},
                   {"cpu2/online", "0"},
                   {"cpufreq/policy0/scaling_driver", "intel_cpufreq"},
                   {"cpuidle/current_driver", "intel_idle"}});
}

TEST(IdleStates, AreByCpuAndName) {
  const HostTree tree = server();
  const auto states = read_idle_states(tree.root());
  ASSERT_TRUE(states) << to_string(states.error());
  ASSERT_EQ(states->size(), 2u);
  EXPECT_EQ(states->at(0).at("C1").time_us, 2'000'000u);
  EXPECT_EQ(states->at(0).at("C1").entries, 400u);
  EXPECT_EQ(states->at(10).at("POLL").time_us, 7u);
}

TEST(IdleStates, GrowBetweenTwoMoments) {
  const HostTree tree = server();
  const auto before = read_idle_states(tree.root());
  tree.write("cpu0/cpuidle/state1/time", "2500000");
  tree.write("cpu0/cpuidle/state1/usage", "410");
  const auto grown = growth(*before, *read_idle_states(tree.root()));
  EXPECT_EQ(grown.at(0).at("C1").time_us, 500'000u);
  EXPECT_EQ(grown.at(0).at("C1").entries, 10u);
  EXPECT_EQ(grown.at(0).at("POLL").time_us, 0u);
}

TEST(IdleStates, OfAGuestAreMissingAndSaySo) {
  const HostTree tree({{"cpu0/topology/core_id", "0"}, {"cpu1/topology/core_id", "1"}});
  const auto states = read_idle_states(tree.root());
  ASSERT_FALSE(states);
  EXPECT_EQ(states.error().code, Code::kNotFound);
  EXPECT_NE(to_string(states.error()).find("cpuidle"), std::string::npos);
}

TEST(IdleStates, ThatAreNoNumberAreRefused) {
  const HostTree tree = server();
  tree.write("cpu0/cpuidle/state1/time", "-1");
  EXPECT_EQ(read_idle_states(tree.root()).error().code, Code::kProtocol);
}

}  // namespace
}  // namespace nobounce::measure
