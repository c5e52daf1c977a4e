// SPDX-License-Identifier: Apache-2.0
// What --measure says of the two ends of a run, with figures that are easy to reckon with.
#pragma once

#include <nlohmann/json.hpp>

namespace nobounce::bench {

inline nlohmann::json calls_of(int calls, double min_us, double mean_us, double max_us,
                               double deviation_us) {
  return {{"calls", calls},
          {"errors", 1},
          {"would_block", 1},
          {"min_us", min_us},
          {"mean_us", mean_us},
          {"max_us", max_us},
          {"total_us", calls * mean_us},
          {"deviation_us", deviation_us}};
}

/// What either end has of its host. A second long.
inline nlohmann::json measured_host(double watts) {
  nlohmann::json measured;
  measured["threads"] = {{"nobounce", {{"user", 0.25}, {"system", 0.5}}}};
  measured["idle_states"] = nlohmann::json::array();
  for (int cpu = 0; cpu < 2; ++cpu)
    measured["idle_states"].push_back({{"cpu", cpu},
                                       {"states",
                                        {{"C1", {{"seconds", 0.25}, {"entries", 100}}},
                                         {"POLL", {{"seconds", 0.125}, {"entries", 10}}}}}});
  const nlohmann::json none = {{"not_available", "no such sensor"}};
  measured["power"] = {{"rapl",
                        {{"package-0", {{"joules", watts - 4}, {"watts", watts - 4}}},
                         {"package-0/core", {{"joules", 1}, {"watts", 1}}},
                         {"package-0/dram", {{"joules", 4}, {"watts", 4}}}}},
                       {"hwmon_energy", none},
                       {"hwmon_power", none},
                       {"gpu", none},
                       {"command", none}};
  measured["idle_power"] = {{"not_available", "no time was given for it (--idle-baseline)"}};
  measured["cpu_profile"] = {
      {"clock", "cpu-clock"},
      {"hertz", 499},
      {"samples", 998},
      {"lost", 0},
      {"percent",
       {{"pv_native_safe_halt", 60.0}, {"tcp_recvmsg_locked", 30.0}, {"user space", 10.0}}},
      {"cpus",
       {{{"cpu", 0}, {"percent", {{"tcp_recvmsg_locked", 60.0}, {"user space", 40.0}}}},
        {{"cpu", 1}, {"percent", {{"pv_native_safe_halt", 100.0}}}}}}};
  measured["page_pools"] = nlohmann::json::array();
  for (const char* memory : {"host", "host", "dma-buf"})
    measured["page_pools"].push_back(
        {{"id", 1},
         {"memory", memory},
         {"inflight_pages", 8},
         {"inflight_bytes", 32768},
         {"detached", false},
         {"statistics", {{"fast", 100}, {"slow", 10}, {"empty", 2}, {"recycle_ring_full", 1}}}});
  measured["queues"] = {
      {{"direction", "receive"}, {"id", 0}, {"rx_packets", 10}, {"rx_alloc_fail", 1}},
      {{"direction", "receive"}, {"id", 1}, {"rx_packets", 30}},
      {{"direction", "send"}, {"id", 0}, {"tx_packets", 7}}};
  measured["nic"] = {{"driver", "gve"},
                     {"rx_dropped", 0},
                     {"rx_no_buffer", 0},
                     {"rx_coalesced_packets", 6},
                     {"rx_not_split_packets", 2},
                     {"rx_header_split_packets", 40},
                     {"changed", {{"rx_packets", 40}}}};
  measured["tcp"] = {{"retransmits", 3},
                     {"rtt_us", 250},
                     {"min_rtt_us", 50},
                     {"cwnd_segments", 100},
                     {"snd_mss_bytes", 4096},
                     {"rcv_rtt_us", 300},
                     {"reordering_seen", 0},
                     {"busy_seconds", 0.9},
                     {"rwnd_limited_seconds", 0.1},
                     {"sndbuf_limited_seconds", 0.0}};
  return measured;
}

inline nlohmann::json measured_sender(double watts) {
  nlohmann::json measured = measured_host(watts);
  measured["syscalls"] = {{"sendmsg", calls_of(10, 20, 40, 80, 5)}};
  measured["frags_per_receive"] = {{"not_available", "a sender receives no frags"}};
  measured["token_returns"] = {{"not_available", "a sender has no tokens"}};
  measured["refill_depth"] = {{"not_available", "a sender has no refill ring"}};
  return measured;
}

inline nlohmann::json distribution_of(int count, int least, int most) {
  const double mean = (least + most) / 2.0;
  return {{"count", count},
          {"sum", static_cast<int>(count * mean)},
          {"min", least},
          {"mean", mean},
          {"max", most},
          {"histogram",
           {{{"least", least}, {"most", least}, {"count", count / 2}},
            {{"least", least + 1}, {"most", most}, {"count", count - count / 2}}}}};
}

/// Of a receiver by devmem; by other paths no tokens go back.
inline nlohmann::json measured_receiver(double watts, bool has_tokens) {
  nlohmann::json measured = measured_host(watts);
  measured["syscalls"] = {{"recvmsg", calls_of(20, 10, 100, 300, 30)},
                          {"setsockopt", calls_of(5, 10, 20, 30, 2)}};
  measured["frags_per_receive"] = distribution_of(20, 10, 90);
  measured["token_returns"] = {{"not_available", "this path gives no tokens back by a call"}};
  measured["refill_depth"] = {{"not_available", "this path has no refill ring"}};
  if (has_tokens)
    measured["token_returns"] = {{"tokens_per_call", distribution_of(5, 100, 300)}, {"ranges", 25}};
  return measured;
}

}  // namespace nobounce::bench
