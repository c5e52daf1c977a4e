// SPDX-License-Identifier: Apache-2.0
#include "cli/measured_json.h"

#include <array>
#include <string>
#include <string_view>

#include "measure/nic_meaning.h"
#include "report/figure_json.h"

namespace nobounce::cli {
namespace {

using nlohmann::json;

double seconds(std::uint64_t us) {
  return static_cast<double>(us) / 1e6;
}

json to_json(const measure::CpuSeconds& cpu) {
  return {{"user", cpu.user_s},       {"nice", cpu.nice_s},     {"system", cpu.system_s},
          {"idle", cpu.idle_s},       {"iowait", cpu.iowait_s}, {"irq", cpu.irq_s},
          {"softirq", cpu.softirq_s}, {"steal", cpu.steal_s}};
}

json cpus_of(const measure::HostCpuSeconds& host) {
  json cpus = json::array();
  for (const measure::OneCpuSeconds& one : host.per_cpu) {
    json cpu = to_json(one.seconds);
    cpu["cpu"] = one.cpu;
    cpus.push_back(std::move(cpu));
  }
  return cpus;
}

json threads_of(const measure::ThreadUsage& threads) {
  json by_name = json::object();
  for (const auto& [name, times] : threads) {
    by_name[name] = {{"user", seconds(times.user_us)}, {"system", seconds(times.system_us)}};
  }
  return by_name;
}

json idle_states_of(const measure::IdleStates& cpus) {
  json list = json::array();
  for (const auto& [cpu, states] : cpus) {
    json by_name = json::object();
    for (const auto& [name, state] : states)
      by_name[name] = {{"seconds", seconds(state.time_us)}, {"entries", state.entries}};
    list.push_back({{"cpu", cpu}, {"states", std::move(by_name)}});
  }
  return list;
}

json energy_of(const measure::EnergyUses& uses) {
  json by_name = json::object();
  for (const auto& [name, use] : uses)
    by_name[name] = {{"joules", use.joules}, {"watts", use.watts()}};
  return by_name;
}

json watts_of(const measure::WattSums& sums) {
  json by_name = json::object();
  for (const auto& [name, sum] : sums)
    by_name[name] = {{"watts", sum.mean()}, {"samples", sum.samples}};
  return by_name;
}

json power_of(const measure::PowerUse& use) {
  return {
      {"rapl", use.rapl.map(energy_of)},          {"hwmon_energy", use.hwmon_energy.map(energy_of)},
      {"hwmon_power", use.sensors.map(watts_of)}, {"bmc", use.bmc.map(watts_of)},
      {"gpu", use.gpus.map(energy_of)},           {"command", use.command.map(watts_of)}};
}

json syscalls_of(const sys::SyscallTimes& times) {
  json by_name = json::object();
  times.for_each([&by_name](std::string_view name, const sys::CallTimes& calls) {
    by_name[std::string(name)] = cli::to_json(calls);
  });
  return by_name;
}

json distribution_of(const Distribution& distribution) {
  json histogram = json::array();
  distribution.for_each_bucket(
      [&histogram](std::uint64_t least, std::uint64_t most, std::uint64_t count) {
        histogram.push_back({{"least", least}, {"most", most}, {"count", count}});
      });
  return {{"count", distribution.count()}, {"sum", distribution.sum()},
          {"min", distribution.min()},     {"mean", distribution.mean()},
          {"max", distribution.max()},     {"histogram", std::move(histogram)}};
}

json tokens_of(const path::TokenReturnCounts& counts) {
  return {{"tokens_per_call", distribution_of(counts.tokens_per_call)}, {"ranges", counts.ranges}};
}

template <CounterStruct T>
json counters_of(const T& counters) {
  json by_name = json::object();
  for (const auto& counter : T::counters())
    by_name[std::string(counter.name)] = counters.*counter.value;
  return by_name;
}

json cpu_profile_of(const measure::CpuProfile& profile) {
  json cpus = json::array();
  for (const auto& [cpu, percent] : profile.percent_by_cpu)
    cpus.push_back({{"cpu", cpu}, {"percent", percent}});
  return {{"clock", profile.clock}, {"hertz", profile.hertz},     {"samples", profile.samples},
          {"lost", profile.lost},   {"percent", profile.percent}, {"cpus", std::move(cpus)}};
}

std::string_view memory_of(netlink::QueueHolder holder) {
  switch (holder) {
    case netlink::QueueHolder::kDmaBuf:
      return "dma-buf";
    case netlink::QueueHolder::kIoUring:
      return "io_uring";
    case netlink::QueueHolder::kAfXdp:
    case netlink::QueueHolder::kNobody:
      break;
  }
  return "host";
}

/// Pools, and beside each its statistics where the kernel has them.
json page_pools_of(const netlink::PagePools& pools,
                   const Figure<netlink::PagePoolsStatistics>& statistics) {
  json list = json::array();
  for (const auto& [id, pool] : pools) {
    const auto one = statistics.map([key = id](const netlink::PagePoolsStatistics& all) {
      const auto found = all.find(key);
      // A pool that came between the two questions.
      return counters_of(found == all.end() ? netlink::PagePoolStatistics{} : found->second);
    });
    list.push_back({{"id", id},
                    {"memory", memory_of(pool.holder)},
                    {"inflight_pages", pool.inflight_pages},
                    {"inflight_bytes", pool.inflight_bytes},
                    {"detached", pool.is_detached},
                    {"statistics", one}});
  }
  return list;
}

json queues_of(const netlink::QueuesStatistics& queues) {
  json list = json::array();
  for (const auto& [key, counts] : queues) {
    const auto& [direction, id] = key;
    json queue = counts;
    queue["direction"] = direction == netlink::Queue::Direction::kReceive ? "receive" : "send";
    queue["id"] = id;
    list.push_back(std::move(queue));
  }
  return list;
}

json nic_of(const measure::Measurements& host) {
  json nic = {{"driver", host.driver}};
  const auto& counters = host.driver_counters;
  for (const auto counter :
       {measure::NicCounter::kRxDropped, measure::NicCounter::kRxNoBuffer,
        measure::NicCounter::kRxCoalescedPackets, measure::NicCounter::kRxHeaderSplitPackets,
        measure::NicCounter::kRxNotSplitPackets}) {
    Figure<std::uint64_t> sum = NotAvailable{"not measured"};
    if (!host.driver.is_available()) {
      sum = NotAvailable{host.driver.missing_probe()};
    } else if (!counters.is_available()) {
      sum = NotAvailable{counters.missing_probe()};
    } else {
      sum = measure::sum_of(counter, host.driver.value(), counters.value());
    }
    nic[std::string(measure::name_of(counter))] = sum;
  }
  nic["changed"] = counters.map([](const Counts& counts) {
    json changed = json::object();
    for (const auto& [name, growth] : counts) {
      if (growth != 0) changed[name] = growth;
    }
    return changed;
  });
  return nic;
}

json tcp_of(const sys::TcpState& tcp) {
  return {{"retransmits", tcp.retransmits},
          {"bytes_retransmitted", tcp.bytes_retransmitted},
          {"bytes_sent", tcp.bytes_sent},
          {"bytes_acked", tcp.bytes_acked},
          {"bytes_received", tcp.bytes_received},
          {"segments_in", tcp.segments_in},
          {"segments_out", tcp.segments_out},
          {"rtt_us", tcp.rtt_us},
          {"rttvar_us", tcp.rttvar_us},
          {"min_rtt_us", tcp.min_rtt_us},
          {"rcv_rtt_us", tcp.rcv_rtt_us},
          {"cwnd_segments", tcp.cwnd_segments},
          {"snd_mss_bytes", tcp.snd_mss_bytes},
          {"rcv_mss_bytes", tcp.rcv_mss_bytes},
          {"rcv_space_bytes", tcp.rcv_space_bytes},
          {"reordering_seen", tcp.reordering_seen},
          {"delivery_rate_bytes_per_s", tcp.delivery_rate_bytes_per_s},
          {"busy_seconds", seconds(tcp.busy_us)},
          {"rwnd_limited_seconds", seconds(tcp.rwnd_limited_us)},
          {"sndbuf_limited_seconds", seconds(tcp.sndbuf_limited_us)}};
}

}  // namespace

json to_json(const sys::CallTimes& calls) {
  constexpr double kNsInUs = 1e3;
  return {{"calls", calls.calls()},
          {"errors", calls.errors()},
          {"would_block", calls.would_block()},
          {"total_us", static_cast<double>(calls.total_ns()) / kNsInUs},
          {"min_us", static_cast<double>(calls.min_ns()) / kNsInUs},
          {"mean_us", calls.mean_ns() / kNsInUs},
          {"max_us", static_cast<double>(calls.max_ns()) / kNsInUs},
          {"deviation_us", calls.deviation_ns() / kNsInUs}};
}

json to_json(const transfer::Measured& measured) {
  const measure::Measurements& host = measured.host;
  return {{"cpus", measured.cpus.map(cpus_of)},
          {"threads", host.threads.map(threads_of)},
          {"idle_states", host.idle_states.map(idle_states_of)},
          {"power", power_of(host.power)},
          {"idle_power", measured.idle_power.map(power_of)},
          {"cpu_profile", measured.cpu_profile.map(cpu_profile_of)},
          {"syscalls", syscalls_of(measured.syscalls)},
          {"frags_per_receive", measured.frags_per_receive.map(distribution_of)},
          {"token_returns", measured.token_returns.map(tokens_of)},
          {"refill_depth", measured.refill_depth.map(distribution_of)},
          {"page_pools", host.page_pools.map([&host](const netlink::PagePools& pools) {
             return page_pools_of(pools, host.page_pool_statistics);
           })},
          {"queues", host.queues.map(queues_of)},
          {"nic", nic_of(host)},
          {"tcp", measured.tcp.map(tcp_of)}};
}

}  // namespace nobounce::cli
