// SPDX-License-Identifier: Apache-2.0
#include "bench/peer_checks.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "bench/host_facts.h"
#include "unit/bench/bench_log.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using Change = std::function<void(json&)>;

json facts() {
  json it = host_facts();
  it.update(
      {{"usable_cpus", {0u, 1u}},
       {"near_cpus", json::array({1u})},
       {"accelerators", 0u},
       {"huge_page_bytes", 0u},
       {"nics", json::array({{{"interface", "eth0"},
                              {"driver", "gve"},
                              {"rx_queues", 4u},
                              {"tx_queues", 4u},
                              {"families", {"v4", "v6"}},
                              {"speed_mbps", {{"not_available", "the driver does not say"}}}}})}});
  return it;
}

json figures() {
  json it = a_run(0, 1, 4, 0.5, 0.5).at("receiver");
  it.update({{"seconds", 1.0}, {"bytes", 500u}, {"gbit_per_s", 4.0}});
  return it;
}

TEST(PeerChecks, TakeWhatANobounceSays) {
  EXPECT_TRUE(check_facts(facts())) << to_string(check_facts(facts()).error());
  EXPECT_TRUE(check_engine_result(figures()));
  json traced = figures();
  traced["traced_syscalls"] = traced_calls("recvmsg", 9);
  EXPECT_TRUE(check_engine_result(traced));
  EXPECT_TRUE(check_engine_result({{"traced_syscalls", traced_calls("read", 9)}}));
  EXPECT_TRUE(check_engine_result({{"traced_syscalls", {{"not_available", "no perf"}}}}));
  EXPECT_TRUE(check_engine_result(nullptr)) << "iperf3's server writes nothing";
  EXPECT_TRUE(check_settings({{"mtu", 1500}, {"rx-gro-hw", "on"}}));
}

TEST(PeerChecks, TakeNoOtherFacts) {
  const Change changes[] = {
      [](json& it) { it = 7; },
      [](json& it) { it.erase("kernel"); },
      [](json& it) { it["kernel"] = {{"not_available", 7}}; },
      [](json& it) { it["kernel"] = "\033[2J"; },
      [](json& it) { it["cpus"] = -1; },
      [](json& it) { it["near_cpus"] = {1, "2"}; },
      [](json& it) { it["sysctls"]["x"] = json::array(); },
      [](json& it) { it["nics"][0]["interface"] = 0; },
      [](json& it) { it["nics"][0]["families"] = "v4"; },
      [](json& it) { it["nics"] = json::array(); },
      [](json& it) { it["nics"] = json::array_t(5, it["nics"][0]); },
      [](json& it) { it["more"] = {{"deep", {{"not_available", json::object()}}}}; },
  };
  for (const Change& change : changes) {
    json it = facts();
    change(it);
    EXPECT_FALSE(check_facts(it)) << it.dump();
  }
}

TEST(PeerChecks, TakeNoOtherFigures) {
  const Change changes[] = {
      [](json& it) { it = "x"; },
      [](json& it) { it.erase("seconds"); },
      [](json& it) { it["seconds"] = 0; },
      [](json& it) { it["bytes"] = 1.5; },
      [](json& it) { it["bytes"] = -5; },
      [](json& it) { it["gbit_per_s"] = std::numeric_limits<double>::infinity(); },
      [](json& it) { it["syscalls"] = {{"recvmsg", "many"}}; },
      [](json& it) { it["syscalls"] = {{"not_available", json::array()}}; },
      [](json& it) { it["host_cpu_seconds_by_cpu"] = {{{"user", 1}}}; },
      [](json& it) { it["host_cpu_seconds_by_cpu"] = {1, 2}; },
      [](json& it) { it["host_cpu_seconds"] = {{"user", json::array()}}; },
      [](json& it) { it["measured"] = "x"; },
      [](json& it) { it["measured"]["cpu_profile"] = json::object(); },
      [](json& it) { it["measured"]["nic"] = json::object(); },
      [](json& it) { it["measured"]["nic"]["changed"]["\033[2J"] = 1; },
      [](json& it) { it["traced_syscalls"] = json::array(); },
      [](json& it) { it["traced_syscalls"] = {{"read", {{"calls", "many"}}}}; },
      [](json& it) { it = {{"traced_syscalls", {{"read", 7}}}}; },
      [](json& it) { it["measured"]["threads"] = {{"nobounce", {{"user", "much"}}}}; },
      [](json& it) { it["measured"]["idle_states"] = {{{"cpu", 0}}}; },
      [](json& it) { it["measured"]["idle_states"] = {1}; },
      [](json& it) { it["measured"]["page_pools"] = {{{"memory", 7}}}; },
      [](json& it) { it["measured"]["queues"] = {{{"direction", json::array()}}}; },
      [](json& it) { it["measured"]["token_returns"] = json::array(); },
      [](json& it) { it["measured"]["syscalls"]["poll"] = {{"calls", "many"}}; },
      [](json& it) { it["measured"]["frags_per_receive"] = {{"count", 1}, {"histogram", {1}}}; },
      [](json& it) { it["measured"]["power"] = 5; },
      [](json& it) { it["measured"]["syscalls"]["recvmsg"]["calls"] = 1e300; },
      [](json& it) { it["measured"]["frags_per_receive"]["count"] = ~std::uint64_t{0}; },
  };
  for (const Change& change : changes) {
    json it = figures();
    change(it);
    EXPECT_FALSE(check_engine_result(it)) << it.dump();
  }
  EXPECT_FALSE(check_settings({{"mtu", {1, 2}}}));
  EXPECT_FALSE(check_settings(7));
}

}  // namespace
}  // namespace nobounce::bench
