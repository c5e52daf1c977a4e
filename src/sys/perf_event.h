// SPDX-License-Identifier: Apache-2.0
// PerfEvent: where one CPU executes, by samples that the kernel takes and puts into a ring.
//
// Source: perf_event_open(2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/result.h"
#include "sys/fd.h"
#include "sys/perf_ring.h"

namespace nobounce::sys {

struct PerfSample {
  std::uint64_t address = 0;
  bool is_in_kernel = false;
};
using SeePerfSample = std::function<void(const PerfSample& sample)>;

/// What makes the kernel take a sample.
enum class PerfClock {
  kCycles,    ///< The CPU's own counter, also where interrupts are off. An idle CPU has no cycles.
  kCpuClock,  ///< A timer, which every kernel has; it waits until interrupts are on again.
};

/// Move-only; not thread-safe.
class PerfEvent {
 public:
  /// Samples whatever `cpu` executes, so often a second, from now on. Errors: those of
  /// perf_event_open, kPermission among them; kUnsupported where the CPU or its hypervisor has no
  /// such counter.
  static Result<PerfEvent> open(PerfClock clock, std::uint32_t cpu, std::uint32_t hertz);

  /// Shows all samples since the last call. How many were lost meanwhile, as the ring was full.
  std::uint64_t drain(const SeePerfSample& see);

 private:
  PerfEvent(Fd fd, PerfRing ring) : fd_(std::move(fd)), ring_(std::move(ring)) {}

  Fd fd_;
  PerfRing ring_;
};

/// What a record says, if it is a sample of the address alone. Pure.
std::optional<PerfSample> parse_perf_sample(const PerfRecord& record);

}  // namespace nobounce::sys
