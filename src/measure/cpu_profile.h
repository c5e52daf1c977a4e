// SPDX-License-Identifier: Apache-2.0
// CpuProfiler: which functions the CPUs of this host execute, whoever runs there, by samples of the
// kernel (perf_event_open(2)). The kernel's functions are told apart; all programs together are
// "user space", and an idle CPU sits in a function of the kernel as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "sys/kernel_symbols.h"
#include "sys/perf_event.h"

namespace nobounce::measure {

/// Samples by CPU and address in the kernel.
struct CpuSamples {
  /// In place of an address.
  static constexpr std::uint64_t kUserSpace = 0;

  std::map<std::uint32_t, std::map<std::uint64_t, std::uint64_t>> by_cpu;
  std::uint64_t lost = 0;  ///< That the kernel took and nobody could see.
};

CpuSamples growth(const CpuSamples& before, const CpuSamples& after);
void add(CpuSamples& total, const CpuSamples& part);

/// Percent of the samples, by function: the hottest, and the others as one.
using FunctionPercents = std::map<std::string, double>;

struct CpuProfile {
  std::string clock;        ///< What samples were taken by: "cycles" or "cpu-clock".
  std::uint32_t hertz = 0;  ///< How often a second, as far as a CPU ran.
  std::uint64_t samples = 0;
  std::uint64_t lost = 0;
  FunctionPercents percent;
  std::map<std::uint32_t, FunctionPercents> percent_by_cpu;  ///< Of that CPU's samples.
};

/// Pure. `most` functions by name in all, and half as many of each CPU.
CpuProfile profile_of(const CpuSamples& samples, const sys::KernelFunctions& functions,
                      std::size_t most);

/// Samples all CPUs that are online while it lives. Move-only; not thread-safe.
class CpuProfiler {
 public:
  /// Cycles where the CPU can count them, else the kernel's timer. Errors: those of PerfEvent, and
  /// of reading which CPUs are online.
  static Result<CpuProfiler> start();

  /// All that was seen so far. Milliseconds: not for a data path.
  CpuSamples read();
  /// With the names of this kernel. Error: kPermission where it hides its addresses.
  [[nodiscard]] Result<CpuProfile> profile(const CpuSamples& samples) const;

 private:
  CpuProfiler(sys::PerfClock clock, std::map<std::uint32_t, sys::PerfEvent> events)
      : clock_(clock), events_(std::move(events)) {}

  sys::PerfClock clock_;
  std::map<std::uint32_t, sys::PerfEvent> events_;  // By CPU.
  CpuSamples seen_;
};

}  // namespace nobounce::measure
