// SPDX-License-Identifier: Apache-2.0
// Epoll: the owner of one epoll instance. It waits and names what is ready; it calls nobody, so the
// order and the fairness of an event loop stay with its author. (A file of the name sys/epoll.h
// would hide the system's.)
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// Owns an epoll instance; level-triggered. Move-only. As thread-safe as epoll itself.
class Epoll {
 public:
  /// What to wait for. Errors and hang-ups are always reported, as readiness to read and to write:
  /// the read or write that follows names the cause.
  enum class Interest { kRead, kReadWrite };

  struct Event {
    std::uint64_t key = 0;  ///< The key that add or modify gave to the descriptor.
    bool readable = false;
    bool writable = false;
  };

  static constexpr std::size_t kMaxEvents = 64;  ///< At most so many are returned by one wait.

  static Result<Epoll> open();

  /// `key` comes back with each event of `fd`. The caller removes `fd` before closing it, unless it
  /// holds the only descriptor of that file. Errors: those of epoll_ctl.
  Status add(int fd, Interest interest, std::uint64_t key);
  Status modify(int fd, Interest interest, std::uint64_t key);
  Status remove(int fd);

  /// The events that are ready, after at most `timeout`; for ever if it is absent. The result is
  /// empty after a timeout or a signal. `events` is the caller's and bounds the answer.
  Result<std::span<Event>> wait(std::span<Event> events,
                                std::optional<std::chrono::nanoseconds> timeout);

 private:
  explicit Epoll(Fd fd) : fd_(std::move(fd)) {}
  Status control(int operation, int fd, Interest interest, std::uint64_t key);

  Fd fd_;
};

}  // namespace nobounce::sys
