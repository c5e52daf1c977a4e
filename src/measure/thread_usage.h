// SPDX-License-Identifier: Apache-2.0
// CPU time of this process' threads by name, the kernel's workers that work for it (io_uring's)
// among them. Source: /proc/self/task/TID/stat, proc_pid_stat(5).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/counters.h"
#include "base/result.h"

namespace nobounce::measure {

/// A thread, or all threads of a name.
struct ThreadTimes {
  std::uint64_t user_us = 0;
  std::uint64_t system_us = 0;

  static constexpr auto counters() {
    using T = ThreadTimes;
    return std::array<Counter<T>, 2>{{{"user_us", &T::user_us}, {"system_us", &T::system_us}}};
  }
};

/// One of them, at one moment.
struct Thread {
  std::string name;
  std::uint64_t started_ticks = 0;  ///< Since boot: tells a thread from a later one of its number.
  ThreadTimes times;
};

using Threads = std::map<std::uint32_t, Thread>;
using ThreadUsage = std::map<std::string, ThreadTimes, std::less<>>;

/// From the text of one stat file. Error: kProtocol.
Result<Thread> parse_thread(std::string_view stat_text, std::uint64_t ticks_per_second);
/// All of `root`. Errors: those of listing it.
Result<Threads> read_threads(const std::string& root, std::uint64_t ticks_per_second);

/// By name, what those that live in the end have used; one that began in between counts whole. The
/// time of one that ended in between is not in it.
ThreadUsage thread_usage_between(const Threads& before, const Threads& after);

}  // namespace nobounce::measure
