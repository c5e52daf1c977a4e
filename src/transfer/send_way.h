// SPDX-License-Identifier: Apache-2.0
// SendWay: a send path made ready for a region: what must stand before there is a connection.
#pragma once

#include <memory>
#include <string>

#include "memory/region.h"
#include "path/path.h"
#include "path/sender.h"
#include "sys/tcp_socket.h"

namespace nobounce::transfer {

struct SendWayRequest {
  path::Path path = path::Path::kCopy;
  memory::Region& region;  ///< Must outlive the way.
  std::string nic{};       ///< Empty: none is known.
  int stop_fd = -1;
};

/// Owns what it made; thread-compatible.
class SendWay {
 public:
  virtual ~SendWay() = default;
  /// A sender for a new connection, which both must outlive it.
  virtual Result<std::unique_ptr<path::Sender>> sender(sys::TcpSocket& socket) = 0;
  /// System calls that its senders made beside those of their sockets.
  [[nodiscard]] virtual sys::SyscallCounts syscalls() const { return {}; }
  /// Times them from now on, into `times`, which must outlive the way.
  virtual void time_syscalls(sys::SyscallTimes& times) { static_cast<void>(times); }
};

/// Errors: kUnsupported with the probe that failed, kInvalidArgument.
Result<std::unique_ptr<SendWay>> open_send_way(const SendWayRequest& request);

}  // namespace nobounce::transfer
