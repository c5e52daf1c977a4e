// SPDX-License-Identifier: Apache-2.0
// SyscallAccount: what an owner of a descriptor makes its system calls through, so that they are
// counted, and timed where somebody asked for that. Nobody asks as a rule: then it costs an
// addition and a branch, and no clock is read.
#pragma once

#include <chrono>
#include <cstdint>

#include "sys/syscall_counts.h"
#include "sys/syscall_times.h"

namespace nobounce::sys {

class SyscallAccount {
 public:
  /// Makes the call; `call` returns what the kernel says, -errno in place of errno.
  template <typename Call>
  auto make(Syscall name, Call&& call) {
    counts_.add(name);
    if (times_ == nullptr) [[likely]]
      return call();
    using std::chrono::steady_clock;
    const auto start = steady_clock::now();
    const auto result = call();
    const std::chrono::nanoseconds took = steady_clock::now() - start;
    times_->add(name, static_cast<std::uint64_t>(took.count()), result);
    return result;
  }

  /// Calls from now on are timed into `times`, which must outlive the account.
  void time_into(SyscallTimes& times) { times_ = &times; }
  [[nodiscard]] const SyscallCounts& counts() const { return counts_; }
  void forget_counts() { counts_ = {}; }

 private:
  SyscallCounts counts_;
  SyscallTimes* times_ = nullptr;
};

}  // namespace nobounce::sys
