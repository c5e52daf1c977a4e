// SPDX-License-Identifier: Apache-2.0
// ZerocopySends: what all paths with MSG_ZEROCOPY share: making the sends, and keeping account of
// those that the kernel still reads.
//
// The kernel says on the socket's error queue which sends are done
// (Documentation/networking/msg_zerocopy.rst of Linux 7.3). Notifications are read in bulk. What is
// sent, and from where, is the business of the path.
#pragma once

#include <cstdint>

#include "path/path.h"
#include "path/sender.h"
#include "path/zerocopy_window.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

/// What becomes of a send for whose notification the kernel has no memory while none is in flight,
/// so that waiting would free nothing.
enum class WithoutMemory {
  kFail,
  kSendPlainly,  ///< Without MSG_ZEROCOPY, and counted as degraded.
};

class ZerocopySends {
 public:
  /// Turns SO_ZEROCOPY on. `socket` must be new (nothing sent yet) and outlive it; at most
  /// `max_in_flight` (a power of two) sends are in flight. Errors: kInvalidArgument, those of
  /// setsockopt.
  static Result<ZerocopySends> open(sys::SocketCalls& socket, Path path,
                                    std::uint32_t max_in_flight);

  /// Sends `message`, whose bytes one iovec names, with MSG_ZEROCOPY; as Sender::send.
  Result<std::uint64_t> send(const msghdr& message, WithoutMemory policy);
  /// As in Sender.
  Result<bool> settle();
  Result<Wake> wait(Awaited what, int timeout_ms);
  [[nodiscard]] const SendCounts& counts() const { return counts_; }

 private:
  ZerocopySends(sys::SocketCalls& socket, Path path, std::uint32_t max_in_flight)
      : socket_(&socket), path_(path), window_(max_in_flight) {}
  ssize_t try_send(const msghdr& message, int flags);
  Result<std::uint64_t> wait_for(short events);
  Result<std::uint64_t> send_plainly(const msghdr& message);
  Result<bool> read_notifications();
  Result<bool> read_notification();

  sys::SocketCalls* socket_;
  Path path_;
  ZerocopyWindow window_;
  short awaited_events_ = 0;
  bool is_full_ = false;  // The last send was not taken whole: the next would block.
  SendCounts counts_;
};

}  // namespace nobounce::path
