// SPDX-License-Identifier: Apache-2.0
// SyscallCounts: how often a data path made which system call, counted by the path itself. Not a
// tracer: calls that libraries or the runtime make are not in it, and counting costs one addition.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nobounce::sys {

/// The calls that data paths make, under the names that strace shows: recv() is recvfrom, send()
/// is sendto.
enum class Syscall : std::uint8_t {
  kRead,
  kWrite,
  kRecvfrom,
  kRecvmsg,
  kSendto,
  kSendmsg,
  kSetsockopt,
  kGetsockopt,
  kPoll,
  kPpoll,
  kEpollWait,
  kIoUringEnter,
  kMadvise,
  kShutdown,
};

inline constexpr std::array<std::string_view, 14> kSyscallNames = {
    "read",       "write", "recvfrom", "recvmsg",    "sendto",         "sendmsg", "setsockopt",
    "getsockopt", "poll",  "ppoll",    "epoll_wait", "io_uring_enter", "madvise", "shutdown",
};
static_assert(kSyscallNames.size() == static_cast<std::size_t>(Syscall::kShutdown) + 1);

constexpr std::string_view name_of(Syscall call) {
  return kSyscallNames[static_cast<std::size_t>(call)];
}

/// Plain counters: one instance per thread, added up afterwards.
class SyscallCounts {
 public:
  constexpr void add(Syscall call, std::uint64_t times = 1) {
    counts_[static_cast<std::size_t>(call)] += times;
  }
  [[nodiscard]] constexpr std::uint64_t of(Syscall call) const {
    return counts_[static_cast<std::size_t>(call)];
  }
  constexpr SyscallCounts& operator+=(const SyscallCounts& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i)
      counts_[i] += other.counts_[i];
    return *this;
  }

  /// Calls `visit(std::string_view name, std::uint64_t count)` for each call that was made.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] != 0) visit(kSyscallNames[i], counts_[i]);
    }
  }

 private:
  std::array<std::uint64_t, kSyscallNames.size()> counts_{};
};

}  // namespace nobounce::sys
