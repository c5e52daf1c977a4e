// SPDX-License-Identifier: Apache-2.0
// What the CPUs copied in an interval. The one model of it, whoever counted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/figure.h"

namespace nobounce::measure {

/// What one routine of the kernel was asked to move.
struct RoutineBytes {
  std::string name;
  bool is_user = false;  ///< Between user memory and the kernel.
  std::uint64_t bytes = 0;
};

/// What one CPU copied, whoever had it copy.
struct CpuCopies {
  std::uint32_t cpu = 0;
  std::uint64_t user_bytes = 0;
  Figure<std::uint64_t> other_bytes;
  Figure<std::uint64_t> instructions;
};

/// A count since the guest's start, so that the ends of a transfer can be put together.
struct CopyTotals {
  std::uint64_t user_bytes = 0;
  std::uint64_t other_bytes = 0;
};

/// Of all CPUs of the host, whoever copied: sender and receiver in one guest share one sum.
struct Copies {
  std::string source;                  ///< "copy meter", "kernel probes of TCP".
  std::uint64_t user_bytes = 0;        ///< Between user memory and the kernel.
  Figure<std::uint64_t> other_bytes;   ///< Within the kernel.
  Figure<std::uint64_t> instructions;  ///< Of the guest's CPUs, idle ones included.
  std::vector<RoutineBytes> routines;  ///< That were called at all.
  std::vector<CpuCopies> by_cpu;       ///< In rising order.
  Figure<CopyTotals> at_start;
  Figure<CopyTotals> at_end;
};

/// Of two intervals, one after the other, counted by the same source.
Copies sum(const Copies& first, const Copies& second);

/// Of these CPUs alone.
std::uint64_t user_bytes_of(const Copies& copies, const std::vector<std::uint32_t>& cpus);

}  // namespace nobounce::measure
