// SPDX-License-Identifier: Apache-2.0
// Interval: the time of a transfer and the CPU that went with it, added up over its rounds.
#pragma once

#include "base/clock.h"
#include "base/figure.h"
#include "measure/cpu_usage.h"

namespace nobounce::transfer {

class Interval {
 public:
  /// `clock` must outlive the interval, which stands still at first.
  explicit Interval(const Clock& clock) : clock_(clock) {}

  void start();
  /// Does nothing where the interval stands still already.
  void stop();

  [[nodiscard]] double seconds() const { return static_cast<double>(elapsed_ns_) / 1e9; }
  [[nodiscard]] const Figure<measure::ProcessSeconds>& cpu() const { return cpu_; }
  [[nodiscard]] const Figure<measure::CpuSeconds>& host_cpu() const { return host_cpu_; }

 private:
  const Clock& clock_;
  bool runs_ = false;
  std::uint64_t started_ns_ = 0;
  std::uint64_t elapsed_ns_ = 0;
  measure::CpuSnapshot before_;
  Figure<measure::ProcessSeconds> cpu_ = measure::ProcessSeconds{};
  Figure<measure::CpuSeconds> host_cpu_ = measure::CpuSeconds{};
};

}  // namespace nobounce::transfer
