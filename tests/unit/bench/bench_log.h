// SPDX-License-Identifier: Apache-2.0
// A plan and a log as a bench writes them, with figures that are easy to reckon with.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "bench/matrix_file.h"
#include "bench/run_log.h"
#include "unit/bench/measured_ends.h"

namespace nobounce::bench {

inline constexpr const char* kMatrixText =
    "name = \"test\"\nseconds = 1\nversus = [\"iperf3\"]\n[axes]\n"
    "paths = [\n  { tx = \"copy\", rx = \"copy\" },\n  { tx = \"devmem\", rx = \"devmem\" },\n]\n"
    "gso-max-size = [\"64K\", \"192K\"]\ncpus = [1]\n";

/// Cells: 0 copy, 1 devmem, 2 iperf3; 3, 4, 5 the same with BIG TCP.
inline Plan a_plan() {
  Plan plan{.matrix_text = kMatrixText,
            .matrix_name = "test.toml",
            .seed = 7,
            .begun = "2026-11-28T12:00:00Z",
            .matrix = {}};
  plan.matrix = parse_matrix(kMatrixText, "test.toml").value();
  return plan;
}

inline nlohmann::json kinds(double busy) {
  return {{"user", busy / 4}, {"nice", 0},  {"system", busy / 2}, {"softirq", busy / 4},
          {"irq", 0},         {"steal", 0}, {"iowait", 0.125},    {"idle", 0.5}};
}

/// A second of so many Gbit/s, with the CPUs of sender and receiver busy for so long.
inline nlohmann::json a_run(std::size_t cell, int round, double gbit_per_s, double sender_s,
                            double receiver_s) {
  const auto side = [&](unsigned cpu, double busy) {
    nlohmann::json own = kinds(busy);
    own["cpu"] = cpu;
    nlohmann::json other = kinds(0);
    other["cpu"] = 1 - cpu;
    nlohmann::json all = kinds(sender_s + receiver_s);
    return nlohmann::json{{"seconds", 1.0},
                          {"cpu_seconds", {{"user", busy / 4}, {"system", busy / 2}}},
                          {"host_cpu_seconds", all},
                          {"host_cpu_seconds_by_cpu", {own, other}}};
  };
  nlohmann::json sender = side(0, sender_s);
  sender.update({{"syscalls", {{"sendmsg", 10}}},
                 {"sends_copied", 0},
                 {"sends_degraded", 0},
                 {"staged_bytes", 0}});
  nlohmann::json receiver = side(1, receiver_s);
  receiver.update({{"syscalls", {{"recvmsg", 20}, {"poll", 5}}},
                   {"frags", 1000},
                   {"linear_bytes", 0},
                   {"mapped_bytes", 0},
                   {"staged_bytes", 0},
                   {"kernel_copied_bytes", {{"not_available", "the path does not say"}}},
                   {"cq_overflows", 0},
                   {"tokens_outstanding", 0},
                   {"nic_changes", nlohmann::json::array({"header split on"})},
                   {"copied_bytes_per_byte", {{"not_available", "no copy meter"}}}});
  sender["measured"] = measured_sender(100 + round);
  receiver["measured"] = measured_receiver(100 + round, /*has_tokens=*/cell == 1);
  return {{"kind", "run"},
          {"cell", cell},
          {"round", round},
          {"warm_up", round == 0},
          {"seconds", 1.0},
          {"bytes", static_cast<std::uint64_t>(gbit_per_s * 1e9 / 8)},
          {"gbit_per_s", gbit_per_s},
          {"sender", sender},
          {"receiver", receiver}};
}

inline nlohmann::json iperf3_run(std::size_t cell, int round, double gbit_per_s) {
  const nlohmann::json missing = {
      {"not_available", "iperf3 reports the CPU of its own processes alone"}};
  const nlohmann::json side = {{"seconds", 1.0},
                               {"cpu_seconds", {{"user", 0.1}, {"system", 0.5}}},
                               {"host_cpu_seconds", missing},
                               {"host_cpu_seconds_by_cpu", missing},
                               {"syscalls", {{"not_available", "iperf3 counts no system calls"}}},
                               {"measured", {{"not_available", "iperf3 is not measured"}}}};
  return {{"kind", "run"},
          {"cell", cell},
          {"round", round},
          {"warm_up", round == 0},
          {"seconds", 1.0},
          {"bytes", static_cast<std::uint64_t>(gbit_per_s * 1e9 / 8)},
          {"gbit_per_s", gbit_per_s},
          {"sender", side},
          {"receiver", side}};
}

/// The calls of a program that was traced, so many of the one that moves its bytes.
inline nlohmann::json traced_calls(const char* name, int calls) {
  const auto of = [](int count, double mean_us) {
    return nlohmann::json{{"calls", count},        {"errors", 0},
                          {"would_block", 0},      {"total_us", count * mean_us},
                          {"min_us", mean_us / 2}, {"mean_us", mean_us},
                          {"max_us", 2 * mean_us}, {"deviation_us", mean_us / 4}};
  };
  return {{name, of(calls, 300)}, {"mmap", of(40, 1)}};
}

/// As a warm-up.
inline nlohmann::json traced(nlohmann::json run, const char* sends, const char* receives) {
  if (!run.at("warm_up").get<bool>()) return run;
  run["sender"]["traced_syscalls"] = traced_calls(sends, 8000);
  run["receiver"]["traced_syscalls"] = traced_calls(receives, 9000);
  return run;
}

inline std::vector<nlohmann::json> a_log() {
  std::vector<nlohmann::json> lines = {
      {{"kind", "session"},
       {"version", "0.1.0"},
       {"git_revision", "abc"},
       {"kernel", "7.3.4"},
       {"cpu", "A CPU"},
       {"cpus", 2},
       {"max_skb_frags", 17},
       {"has_huge_pages", true},
       {"sysctls", {{"net.core.rmem_max", "268435456"}}}},
      {{"kind", "impossible"}, {"cell", 4}, {"reason", "capped by MAX_SKB_FRAGS: a <test>"}}};
  const nlohmann::json settings = {{"mtu", 4148},
                                   {"gso_max_size", 65536},
                                   {"rx-gro-hw", "on"},
                                   {"interrupts_on_cpus", "0"},
                                   {"application_on_cpus", "0"}};
  lines.push_back(
      {{"kind", "settings"}, {"cell", 0}, {"sender", settings}, {"receiver", settings}});
  for (int round = 0; round <= 5; ++round) {
    const double wobble = 1 + 0.01 * round;
    lines.push_back(a_run(0, round, 4 * wobble, 0.5 * wobble, 0.5 * wobble));
    lines.push_back(
        traced(a_run(1, round, 8 * wobble, 0.25 * wobble, 0.25 * wobble), "sendmsg", "recvmsg"));
    lines.push_back(traced(iperf3_run(2, round, 4 * wobble), "write", "read"));
    if (round < 3) lines.push_back(a_run(3, round, 5 * wobble, 0.5, 0.5));
  }
  for (int round = 0; round < 2; ++round)
    lines.push_back({{"kind", "run"},
                     {"cell", 5},
                     {"round", round},
                     {"warm_up", round == 0},
                     {"error", "receiver: exited with status 1"}});
  lines.push_back({{"kind", "lab"},
                   {"accelerator", "tcg"},
                   {"qemu", "1:11.1"},
                   {"host", {{"kernel", "6.18"}, {"cpu", "A CPU"}, {"cpus", 2}}},
                   {"kernel_warnings", nlohmann::json::array()}});
  return lines;
}

}  // namespace nobounce::bench
