// SPDX-License-Identifier: Apache-2.0
#include "measure/instruments.h"

#include <utility>

#include "measure/between.h"
#include "netlink/driver_counters.h"
#include "sys/interface_index.h"
#include "sys/system_constants.h"
#include "sys/uapi/netdev.h"

namespace nobounce::measure {
namespace {

constexpr const char* kNoNic = "no NIC is known for the connection";

Figure<std::shared_ptr<CpuProfiler>> profiler_for(const InstrumentOptions& options) {
  if (!options.profile_cpus) return NotAvailable{"it was not asked for (--cpu-profile)"};
  auto profiler = CpuProfiler::start();
  if (!profiler) return NotAvailable{to_string(profiler.error())};
  return std::make_shared<CpuProfiler>(std::move(*profiler));
}

template <typename T>
Figure<T> growth_between(const Figure<T>& before, const Figure<T>& after) {
  using nobounce::growth;  // For counters; this room's own is found by the argument.
  return between(before, after, [](const T& start, const T& end) { return growth(start, end); });
}

}  // namespace

Measurements Measurements::none() {
  return {.threads = ThreadUsage{},
          .idle_states = IdleStates{},
          .power = PowerUse::none(),
          .cpu_samples = CpuSamples{},
          .page_pools = netlink::PagePools{},
          .page_pool_statistics = netlink::PagePoolsStatistics{},
          .queues = netlink::QueuesStatistics{},
          .driver = {},
          .driver_counters = Counts{}};
}

Measurements measured_between(const Reading& before, const Reading& after) {
  return {.threads = between(before.threads, after.threads, thread_usage_between),
          .idle_states = growth_between(before.idle_states, after.idle_states),
          .power = power_between(before.power, after.power),
          .cpu_samples = growth_between(before.cpu_samples, after.cpu_samples),
          .page_pools = after.page_pools,
          .page_pool_statistics =
              growth_between(before.page_pool_statistics, after.page_pool_statistics),
          .queues = growth_between(before.queues, after.queues),
          .driver = {},
          .driver_counters = growth_between(before.driver_counters, after.driver_counters)};
}

void add(Measurements& total, const Measurements& part) {
  add_figure(total.threads, part.threads);
  add_figure(total.idle_states, part.idle_states);
  add(total.power, part.power);
  add_figure(total.cpu_samples, part.cpu_samples);
  total.page_pools = part.page_pools;
  add_figure(total.page_pool_statistics, part.page_pool_statistics);
  add_figure(total.queues, part.queues);
  add_figure(total.driver_counters, part.driver_counters);
}

Instruments::Instruments(const InstrumentOptions& options)
    : options_(options),
      power_(options.power),
      profiler_(profiler_for(options)),
      netdev_(NotAvailable{kNoNic}),
      driver_(NotAvailable{kNoNic}) {}

void Instruments::watch(const std::string& interface) {
  if (interface.empty()) return;
  const auto ifindex = sys::interface_index(interface);
  auto netdev = netlink::GenericSocket::open(uapi::netdev::kFamilyName);
  if (!ifindex) {
    netdev_ = NotAvailable{to_string(ifindex.error())};
  } else if (!netdev) {
    netdev_ = NotAvailable{to_string(netdev.error())};
  } else {
    netdev_ = std::make_shared<netlink::GenericSocket>(std::move(*netdev));
    ifindex_ = *ifindex;
  }
  door_ = netlink::ethtool_door(interface);
  driver_ = netlink::driver_name(door_);
}

Reading Instruments::read_at_start() {
  Reading reading;
  read_nic(reading);
  read_host(reading);
  reading.power = power_.read();
  return reading;
}

Reading Instruments::read_at_end() {
  Reading reading;
  reading.power = power_.read();
  read_host(reading);
  read_nic(reading);
  return reading;
}

Figure<CpuProfile> Instruments::cpu_profile(const Measurements& measured) const {
  if (!profiler_.is_available()) return NotAvailable{profiler_.missing_probe()};
  if (!measured.cpu_samples.is_available())
    return NotAvailable{measured.cpu_samples.missing_probe()};
  return profiler_.value()->profile(measured.cpu_samples.value());
}

void Instruments::read_host(Reading& reading) {
  reading.threads = read_threads(options_.threads, sys::clock_ticks_per_second());
  reading.idle_states = read_idle_states(options_.cpus);
  reading.cpu_samples =
      profiler_.map([](const std::shared_ptr<CpuProfiler>& profiler) { return profiler->read(); });
}

void Instruments::read_nic(Reading& reading) {
  reading.driver_counters = door_ ? Figure<Counts>(netlink::driver_counters(door_))
                                  : Figure<Counts>(NotAvailable{kNoNic});
  if (!netdev_.is_available()) {
    const NotAvailable why{netdev_.missing_probe()};
    reading.page_pools = why;
    reading.page_pool_statistics = why;
    reading.queues = why;
    return;
  }
  netlink::GenericSocket& netdev = *netdev_.value();
  reading.page_pools = netlink::page_pools(netdev, ifindex_);
  reading.page_pool_statistics = netlink::page_pool_statistics(netdev, ifindex_);
  reading.queues = netlink::queue_statistics(netdev, ifindex_);
}

}  // namespace nobounce::measure
