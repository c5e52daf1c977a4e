// SPDX-License-Identifier: Apache-2.0
// Interval: the time of a transfer, the CPU that went with it, what the CPUs copied, and how often
// they touched the device's memory meanwhile, all added up over its rounds.
#pragma once

#include <utility>

#include "base/clock.h"
#include "base/figure.h"
#include "measure/copy_counter.h"
#include "measure/cpu_usage.h"
#include "measure/instruments.h"
#include "memory/region.h"

namespace nobounce::transfer {

class Interval {
 public:
  /// `clock` and `region` must outlive the interval, which stands still at first; so must
  /// `instruments`. Device and instruments are read at each start and stop, outside of the time
  /// that is counted. nullptr: no instruments.
  Interval(const Clock& clock, memory::Region& region, measure::Instruments* instruments = nullptr,
           measure::CopyCounter copies = measure::CopyCounter())
      : clock_(clock), region_(region), instruments_(instruments), copies_(std::move(copies)) {}

  void start();
  /// Does nothing where the interval stands still already.
  void stop();

  [[nodiscard]] double seconds() const { return static_cast<double>(elapsed_ns_) / 1e9; }
  /// When it was first started and last stopped, by the clock that it was given.
  [[nodiscard]] std::uint64_t began_ns() const { return began_ns_; }
  [[nodiscard]] std::uint64_t ended_ns() const { return ended_ns_; }
  [[nodiscard]] const Figure<measure::ProcessSeconds>& cpu() const { return cpu_; }
  /// Of all CPUs, and of each.
  [[nodiscard]] const Figure<measure::HostCpuSeconds>& host_cpu() const { return host_cpu_; }
  /// Reads and writes of the CPU, of the whole device that the region is on.
  [[nodiscard]] const Figure<std::uint64_t>& cpu_touches() const { return touches_; }
  /// Of no time at all where there are no instruments.
  [[nodiscard]] const measure::Measurements& measured() const { return measured_; }
  [[nodiscard]] const measure::CopyCounter& copies() const { return copies_; }

 private:
  const Clock& clock_;
  memory::Region& region_;
  bool runs_ = false;
  std::uint64_t started_ns_ = 0;
  std::uint64_t elapsed_ns_ = 0;
  std::uint64_t began_ns_ = 0;
  std::uint64_t ended_ns_ = 0;
  measure::CpuSnapshot before_;
  Figure<measure::ProcessSeconds> cpu_ = measure::ProcessSeconds{};
  Figure<measure::HostCpuSeconds> host_cpu_ = measure::HostCpuSeconds{};
  Figure<std::uint64_t> touches_before_;
  Figure<std::uint64_t> touches_ = std::uint64_t{0};
  measure::Instruments* instruments_;
  measure::Reading reading_before_;
  measure::Measurements measured_ = measure::Measurements::none();
  measure::CopyCounter copies_;
};

}  // namespace nobounce::transfer
