// SPDX-License-Identifier: Apache-2.0
// Interval: the time of a transfer and the CPU that went with it, added up over its rounds.
#pragma once

#include "base/clock.h"
#include "base/figure.h"
#include "measure/cpu_usage.h"
#include "measure/instruments.h"

namespace nobounce::transfer {

class Interval {
 public:
  /// `clock` must outlive the interval, which stands still at first; so must `instruments`, which
  /// are read at each start and stop, outside of the time that is counted. nullptr: none.
  explicit Interval(const Clock& clock, measure::Instruments* instruments = nullptr)
      : clock_(clock), instruments_(instruments) {}

  void start();
  /// Does nothing where the interval stands still already.
  void stop();

  [[nodiscard]] double seconds() const { return static_cast<double>(elapsed_ns_) / 1e9; }
  [[nodiscard]] const Figure<measure::ProcessSeconds>& cpu() const { return cpu_; }
  /// Of all CPUs, and of each.
  [[nodiscard]] const Figure<measure::HostCpuSeconds>& host_cpu() const { return host_cpu_; }
  /// Of no time at all where there are no instruments.
  [[nodiscard]] const measure::Measurements& measured() const { return measured_; }

 private:
  const Clock& clock_;
  bool runs_ = false;
  std::uint64_t started_ns_ = 0;
  std::uint64_t elapsed_ns_ = 0;
  measure::CpuSnapshot before_;
  Figure<measure::ProcessSeconds> cpu_ = measure::ProcessSeconds{};
  Figure<measure::HostCpuSeconds> host_cpu_ = measure::HostCpuSeconds{};
  measure::Instruments* instruments_;
  measure::Reading reading_before_;
  measure::Measurements measured_ = measure::Measurements::none();
};

}  // namespace nobounce::transfer
