// SPDX-License-Identifier: Apache-2.0
// ControlConnection: a TCP connection for words between two hosts, not for payload. Its segments
// are so small that no change of an MTU strands it, and a host that goes without a word is noticed.
// Sockets are non-blocking; what waits, waits for no longer than it is told and ends when the stop
// descriptor becomes readable.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "sys/endpoint.h"
#include "sys/fd.h"

namespace nobounce::sys {

using Deadline = std::chrono::steady_clock::time_point;

/// Move-only. Errors of all that waits: kPeerClosed (also for a host that is gone), kTimeout,
/// kInterrupted (stopped).
class ControlConnection {
 public:
  static Result<ControlConnection> connect(const Endpoint& peer, Deadline deadline, int stop_fd);

  /// What has come, at least one byte.
  Result<std::span<const char>> receive_some(std::span<char> room, Deadline deadline);
  Status send_all(std::string_view bytes, Deadline deadline);

  [[nodiscard]] Result<Endpoint> local() const;
  [[nodiscard]] Result<Endpoint> peer() const;
  /// Readable once something has come, or the peer has gone. Stays the connection's.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  friend class ControlListener;
  ControlConnection(Fd fd, int stop_fd) : fd_(std::move(fd)), stop_fd_(stop_fd) {}
  Status wait(short events, Deadline deadline) const;

  Fd fd_;
  int stop_fd_;
};

/// Move-only.
class ControlListener {
 public:
  /// Errors: kBusy (address in use), kNotFound (no such address), kPermission.
  static Result<ControlListener> open(const Endpoint& local, int stop_fd);

  /// The next who waits to be accepted; nothing where nobody does.
  Result<std::optional<ControlConnection>> accept();
  /// Where it listens; the port is the kernel's choice where 0 was asked for.
  [[nodiscard]] const Endpoint& local() const { return local_; }
  /// Readable while somebody waits. Stays the listener's.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  ControlListener(Fd fd, Endpoint local, int stop_fd)
      : fd_(std::move(fd)), local_(std::move(local)), stop_fd_(stop_fd) {}

  Fd fd_;
  Endpoint local_;
  int stop_fd_;
};

}  // namespace nobounce::sys
