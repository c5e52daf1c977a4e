// SPDX-License-Identifier: Apache-2.0
// TcpSocket and TcpListener: the real filling of SocketCalls, and how a connection comes to be.
//
// All sockets are non-blocking; whatever waits, waits in poll, and ends when the stop descriptor
// becomes readable.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "sys/endpoint.h"
#include "sys/fd.h"
#include "sys/socket_calls.h"
#include "sys/syscall_account.h"
#include "sys/tcp_state.h"

namespace nobounce::sys {

/// What sockets of one transfer have in common.
struct TcpOptions {
  std::string interface{};      ///< SO_BINDTODEVICE; any where empty.
  int stop_fd = -1;             ///< Readable once the user asks to stop; -1: never. Not owned.
  int timeout_ms = -1;          ///< To connect or accept within; -1: no limit.
  bool reset_on_close = false;  ///< Of a socket that connects: see set_reset_on_close.
  /// Of a listener: the payload that a full segment from the peer shall hold at the most (as by
  /// TCP_MAXSEG, with room for timestamps where this host has them on); 0: what the MTU allows.
  std::uint32_t segment_payload_bytes = 0;
  /// Of a listener: the most that a peer may have on its way (TCP_WINDOW_CLAMP); 0: no such bound.
  std::uint32_t receive_window_bytes = 0;
};

/// A connected TCP socket. Move-only, thread-compatible. Counts the calls of SocketCalls.
class TcpSocket final : public SocketCalls {
 public:
  /// Errors: kPeerClosed (refused), kTimeout, kInterrupted, kNotFound (no such interface).
  static Result<TcpSocket> connect(const Endpoint& peer, const TcpOptions& options);

  ssize_t recvmsg(msghdr& message, int flags) override;
  ssize_t sendmsg(const msghdr& message, int flags) override;
  int setsockopt(int level, int name, std::span<const std::byte> value) override;
  int getsockopt(int level, int name, std::span<std::byte> value) override;
  int pending_error() override;
  int wait(short events, int timeout_ms) override;
  Result<Mapping> map_payload(std::size_t size) override;
  int release_payload(std::span<std::byte> pages) override;

  /// Whether closing, or the death of this process, resets the connection, so that the peer can
  /// tell it from the end of the stream. Off at first.
  Status set_reset_on_close(bool on);
  /// Tells the peer that nothing more will be sent.
  Status shut_down_sending();
  /// Bytes (and the end of the stream) that the peer has not acknowledged.
  Result<std::uint64_t> unacknowledged_bytes() const;

  /// What the kernel knows of the connection. Errors: those of getsockopt.
  [[nodiscard]] Result<TcpState> state() const { return tcp_state(fd_.get()); }

  [[nodiscard]] const SyscallCounts& syscalls() const { return syscalls_.counts(); }
  /// Calls from now on are timed as well, into `times`, which must outlive the socket.
  void time_syscalls(SyscallTimes& times) { syscalls_.time_into(times); }
  /// For calls that name the socket otherwise, as io_uring does. Stays the socket's.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  friend class TcpListener;
  TcpSocket(Fd fd, int stop_fd) : fd_(std::move(fd)), stop_fd_(stop_fd) {}

  Fd fd_;
  int stop_fd_;
  SyscallAccount syscalls_;
};

/// A listening TCP socket that takes one connection at a time. Move-only.
class TcpListener {
 public:
  /// Errors: kBusy (address in use), kNotFound (no such interface or address), kPermission.
  static Result<TcpListener> open(const Endpoint& local, const TcpOptions& options);

  /// Where it listens; the port is the kernel's choice where 0 was asked for.
  [[nodiscard]] const Endpoint& local() const { return local_; }
  /// Errors: kTimeout, kInterrupted.
  Result<TcpSocket> accept();

 private:
  TcpListener(Fd fd, Endpoint local, TcpOptions options)
      : fd_(std::move(fd)), local_(std::move(local)), options_(std::move(options)) {}

  Fd fd_;
  Endpoint local_;
  TcpOptions options_;
};

}  // namespace nobounce::sys
