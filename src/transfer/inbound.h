// SPDX-License-Identifier: Apache-2.0
// Inbound: everything that stands between a region and the connections that fill it.
//
// Opening it probes the host, makes the NIC ready, ties the region to it and listens; accepting
// gives one Receiver a connection. Destroying it puts everything back, in reverse.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/figure.h"
#include "memory/region.h"
#include "path/receiver.h"
#include "sys/endpoint.h"
#include "sys/tcp_socket.h"
#include "transfer/choice.h"
#include "transfer/exchange.h"
#include "transfer/receive_tuning.h"

namespace nobounce::transfer {

struct InboundOptions {
  sys::Endpoint listen;
  std::string nic{};                     ///< Empty: the one that has the address.
  std::optional<path::Path> path{};      ///< Empty: the best there is.
  std::optional<std::uint32_t> queue{};  ///< Of a path with a queue of its own; empty: chosen.
  std::uint32_t queues = 1;              ///< Likewise; connections spread over them.
  std::uint32_t niov_bytes = 0;          ///< Paths devmem and zcrx; 0: the NIC's own.
  ReceiveTuning tuning{};
  std::uint32_t max_connections = 1;  ///< At a time; a path that copies gives each a share.
  bool force = false;                 ///< Also a NIC that carries the default route.
  int timeout_ms = -1;                ///< To accept within.
  int stop_fd = -1;                   ///< Readable once the user asks to stop. Not owned.
};

/// One connection of an Inbound, which must outlive it. Move-only, thread-compatible.
class InboundConnection {
 public:
  InboundConnection(std::unique_ptr<sys::TcpSocket> socket,
                    std::unique_ptr<path::Receiver> receiver)
      : socket_(std::move(socket)), receiver_(std::move(receiver)) {}

  InboundConnection(InboundConnection&&) noexcept = default;
  InboundConnection& operator=(InboundConnection&&) = delete;
  ~InboundConnection() = default;

  [[nodiscard]] path::Receiver& receiver() { return *receiver_; }
  [[nodiscard]] const sys::TcpSocket& socket() const { return *socket_; }
  /// Times the socket's calls from now on, into `times`, which must outlive the connection.
  void time_syscalls(sys::SyscallTimes& times) { socket_->time_syscalls(times); }
  /// Of what is sent back; see exchange.h.
  Status send_at_once() { return transfer::send_at_once(*socket_); }
  /// Sends bytes back, by plain sockets. Errors: as send_answer.
  Status answer(std::span<const std::byte> bytes, int timeout_ms) {
    return send_answer(*socket_, bytes, timeout_ms);
  }
  /// Says that all that came could be used. A connection that ends without is reset, so that the
  /// peer can tell.
  Status accept_what_came() { return socket_->set_reset_on_close(false); }

 private:
  std::unique_ptr<sys::TcpSocket> socket_;  // Outlives the receiver, which names it.
  std::unique_ptr<path::Receiver> receiver_;
};

class ReceiveWay;

/// Move-only, thread-compatible; all of it belongs to one thread where the path is zcrx.
class Inbound {
 public:
  /// `region` must outlive it. With a path asked for, what keeps it from opening is the Error; else
  /// the next best is tried, and `choice` tells. Errors: kUnsupported with the probe that failed,
  /// kBusy (port, queue, or a NIC that needs `force`), kPermission, kInvalidArgument.
  static Result<Inbound> open(const InboundOptions& options, memory::Region& region);

  Inbound(Inbound&&) noexcept;
  Inbound& operator=(Inbound&&) = delete;  // Would put down what it holds in the wrong order.
  ~Inbound();

  [[nodiscard]] const Choice& choice() const { return choice_; }
  /// Where it listens; the port is the kernel's choice where 0 was asked for.
  [[nodiscard]] const sys::Endpoint& local() const { return listener_->local(); }
  /// Waits for the next peer. Errors: kTimeout, kInterrupted, those of opening a path on it.
  Result<InboundConnection> accept();

  [[nodiscard]] const std::string& nic() const { return nic_; }  ///< Empty: whichever.
  [[nodiscard]] Figure<std::uint32_t> queue() const;
  /// Of all its connections, beside those of their sockets.
  [[nodiscard]] sys::SyscallCounts syscalls() const;
  /// Times these from now on, into `times`, which must outlive it.
  void time_syscalls(sys::SyscallTimes& times);
  /// What the lease changed, one line each.
  [[nodiscard]] std::vector<std::string> nic_changes() const;
  /// Puts the NIC back now, and says what could not be. No connection may live any more.
  Status release();

 private:
  Inbound(std::string nic, Choice choice, std::unique_ptr<ReceiveWay> way,
          sys::TcpListener listener);

  std::string nic_;
  Choice choice_;
  std::unique_ptr<ReceiveWay> way_;
  std::optional<sys::TcpListener> listener_;
};

}  // namespace nobounce::transfer
