// SPDX-License-Identifier: Apache-2.0
// Outbound: a region tied to a way out of the host, and one connection that uses it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "memory/region.h"
#include "path/sender.h"
#include "sys/endpoint.h"
#include "sys/tcp_socket.h"
#include "transfer/choice.h"
#include "transfer/exchange.h"

namespace nobounce::transfer {

struct OutboundOptions {
  sys::Endpoint peer;
  std::string nic{};                 ///< Empty: the one that the route takes.
  std::optional<path::Path> path{};  ///< Empty: the best there is.
  int timeout_ms = -1;               ///< To connect, and to be acknowledged, within.
  int stop_fd = -1;                  ///< Readable once the user asks to stop. Not owned.
};

class SendWay;

/// Move-only, thread-compatible; all of it belongs to one thread where the path is send_zc.
class Outbound {
 public:
  /// Connects. `region` must outlive it. With a path asked for, what keeps it from opening is the
  /// Error; else the next best is tried, and `choice` tells. A connection that is not finished is
  /// reset when it is destroyed, so that a stream cut off never looks like one that ended. Errors:
  /// kPeerClosed (refused), kTimeout, kInterrupted, kUnsupported with the probe that failed.
  static Result<Outbound> open(const OutboundOptions& options, memory::Region& region);

  Outbound(Outbound&&) noexcept;
  Outbound& operator=(Outbound&&) = delete;  // Would put down what it holds in the wrong order.
  ~Outbound();

  [[nodiscard]] const Choice& choice() const { return choice_; }
  [[nodiscard]] const std::string& nic() const { return nic_; }  ///< Empty: whichever.
  [[nodiscard]] path::Sender& sender() { return *sender_; }
  /// Of the connection so far.
  [[nodiscard]] sys::SyscallCounts syscalls() const;
  /// Times them from now on, into `times`, which must outlive it.
  void time_syscalls(sys::SyscallTimes& times);
  /// What the kernel knows of the connection.
  [[nodiscard]] Result<sys::TcpState> tcp_state() const { return socket_->state(); }

  /// For requests; see exchange.h.
  Status send_at_once() { return transfer::send_at_once(*socket_); }
  /// Receives as many bytes as `into` has, by plain sockets. Errors: as await_answer.
  Status await_answer(std::span<std::byte> into);
  /// Ends the stream and waits until the peer's kernel has acknowledged all of it. No send may be
  /// in flight. Errors: kPeerClosed, kTimeout, kInterrupted.
  Status finish();
  /// Then waits until the peer closes as well. Errors: kPeerClosed where it resets the connection,
  /// as one does that could not use what it got; kProtocol where it answers; kTimeout,
  /// kInterrupted.
  Status await_close();

 private:
  Outbound(const OutboundOptions& options, std::string nic);

  int timeout_ms_;
  std::string nic_;
  Choice choice_;
  std::unique_ptr<SendWay> way_;
  std::unique_ptr<sys::TcpSocket> socket_;
  std::unique_ptr<path::Sender> sender_;
};

}  // namespace nobounce::transfer
