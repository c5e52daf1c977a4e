// SPDX-License-Identifier: Apache-2.0
// SyscallTimes: what the system calls of a data path cost, by name, as a trace would tell it, but
// seen by the path itself: a clock is read before and after each call. No memory is taken and
// nothing is kept of a single call.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

#include "sys/syscall_counts.h"

namespace nobounce::sys {

/// The calls of one name. Mean and spread are updated by Welford's method, which loses no digits
/// where a sum of squares would.
class CallTimes {
 public:
  /// `result` as the kernel gives it, -errno in place of errno.
  void add(std::uint64_t ns, std::int64_t result);

  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  [[nodiscard]] std::uint64_t errors() const { return errors_; }  ///< Would-block among them.
  [[nodiscard]] std::uint64_t would_block() const { return would_block_; }
  [[nodiscard]] std::uint64_t total_ns() const { return total_ns_; }
  [[nodiscard]] std::uint64_t min_ns() const { return calls_ == 0 ? 0 : min_ns_; }
  [[nodiscard]] std::uint64_t max_ns() const { return max_ns_; }
  [[nodiscard]] double mean_ns() const { return mean_ns_; }
  /// Of the population of calls; 0 for fewer than two.
  [[nodiscard]] double deviation_ns() const;

 private:
  std::uint64_t calls_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t would_block_ = 0;
  std::uint64_t total_ns_ = 0;
  std::uint64_t min_ns_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max_ns_ = 0;
  double mean_ns_ = 0;
  double squares_ = 0;  // Sum of the squared distances from the mean.
};

/// One instance per thread.
class SyscallTimes {
 public:
  void add(Syscall call, std::uint64_t ns, std::int64_t result) {
    calls_[static_cast<std::size_t>(call)].add(ns, result);
  }
  [[nodiscard]] const CallTimes& of(Syscall call) const {
    return calls_[static_cast<std::size_t>(call)];
  }
  /// Calls `visit(std::string_view name, const CallTimes&)` for each call that was made.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (calls_[i].calls() != 0) visit(kSyscallNames[i], calls_[i]);
    }
  }

 private:
  std::array<CallTimes, kSyscallNames.size()> calls_{};
};

}  // namespace nobounce::sys
