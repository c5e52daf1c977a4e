// SPDX-License-Identifier: Apache-2.0
// Instruments: everything that is read from the host around an interval, in one place. Two readings
// and their pure difference make Measurements; those of several intervals add up.
//
// CPU time is read by cpu_usage apart, since every transfer does; what a path counts itself (calls,
// frags, tokens) is no business of this file.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/counters.h"
#include "base/figure.h"
#include "measure/cpu_profile.h"
#include "measure/idle_states.h"
#include "measure/power_meter.h"
#include "measure/thread_usage.h"
#include "netlink/ethtool_door.h"
#include "netlink/generic.h"
#include "netlink/page_pools.h"
#include "netlink/queue_statistics.h"

namespace nobounce::measure {

struct InstrumentOptions {
  PowerSources power{};
  std::string threads = "/proc/self/task";
  std::string cpus = "/sys/devices/system/cpu";
  bool profile_cpus = false;  ///< All CPUs are sampled as long as the instruments live.
};

/// One moment.
struct Reading {
  Figure<Threads> threads;
  Figure<IdleStates> idle_states;
  PowerReading power;
  Figure<CpuSamples> cpu_samples;
  Figure<netlink::PagePools> page_pools;
  Figure<netlink::PagePoolsStatistics> page_pool_statistics;
  Figure<netlink::QueuesStatistics> queues;
  Figure<Counts> driver_counters;
};

struct Measurements {
  Figure<ThreadUsage> threads;
  Figure<IdleStates> idle_states;
  PowerUse power;
  Figure<CpuSamples> cpu_samples;
  Figure<netlink::PagePools> page_pools;  ///< As they were in the end.
  Figure<netlink::PagePoolsStatistics> page_pool_statistics;
  Figure<netlink::QueuesStatistics> queues;
  Figure<std::string> driver;      ///< Of the NIC.
  Figure<Counts> driver_counters;  ///< See nic_meaning.h.

  /// Of no time at all: what `add` adds to.
  static Measurements none();
};

Measurements measured_between(const Reading& before, const Reading& after);
void add(Measurements& total, const Measurements& part);

/// Move-only; not thread-safe. No reading fails as a whole: what can't be had says why.
class Instruments {
 public:
  explicit Instruments(const InstrumentOptions& options);

  /// Reads the counters of this interface as well from now on; empty: of none.
  void watch(const std::string& interface);
  /// Some hundred system calls, milliseconds: not for a data path. What changes fastest is read
  /// last at the start of an interval, and first at its end.
  Reading read_at_start();
  Reading read_at_end();
  [[nodiscard]] const PowerMeter& power() const { return power_; }
  [[nodiscard]] const Figure<std::string>& driver() const { return driver_; }
  /// Names for the samples of an interval. Reads thousands of lines.
  [[nodiscard]] Figure<CpuProfile> cpu_profile(const Measurements& measured) const;

 private:
  void read_host(Reading& reading);
  void read_nic(Reading& reading);

  InstrumentOptions options_;
  PowerMeter power_;
  Figure<std::shared_ptr<CpuProfiler>> profiler_;
  int ifindex_ = 0;
  Figure<std::shared_ptr<netlink::GenericSocket>> netdev_;
  netlink::EthtoolDoor door_;
  Figure<std::string> driver_;
};

}  // namespace nobounce::measure
