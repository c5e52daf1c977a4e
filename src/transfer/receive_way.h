// SPDX-License-Identifier: Apache-2.0
// ReceiveWay: a receive path made ready for a region: what must stand before a connection comes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/figure.h"
#include "memory/region.h"
#include "path/path.h"
#include "path/receiver.h"
#include "sys/endpoint.h"
#include "sys/tcp_socket.h"
#include "transfer/receive_tuning.h"

namespace nobounce::transfer {

struct ReceiveWayRequest {
  path::Path path = path::Path::kCopy;
  memory::Region& region;  ///< Must outlive the way.
  std::string nic{};       ///< Empty: none is known.
  sys::Endpoint listen{};
  std::optional<std::uint32_t> queue{};
  std::uint32_t queues = 1;
  std::uint32_t niov_bytes = 0;  ///< 0: the NIC's own.
  ReceiveTuning tuning{};
  std::uint32_t max_connections = 1;  ///< At a time.
  bool force = false;
  int stop_fd = -1;
};

/// Owns what it changed; destruction puts it back. Move-only by pointer, thread-compatible.
class ReceiveWay {
 public:
  virtual ~ReceiveWay() = default;

  /// What the listening socket must be given.
  [[nodiscard]] virtual sys::TcpOptions listener_options() const { return {}; }
  /// A receiver for a connection, which both must outlive it.
  virtual Result<std::unique_ptr<path::Receiver>> receiver(sys::TcpSocket& socket) = 0;

  [[nodiscard]] virtual Figure<std::uint32_t> queue() const {
    return NotAvailable{"this path takes whatever queue the flow comes on"};
  }
  /// What was changed on the NIC, one line each.
  [[nodiscard]] virtual std::vector<std::string> nic_changes() const { return {}; }
  /// System calls that its receivers made beside those of their sockets.
  [[nodiscard]] virtual sys::SyscallCounts syscalls() const { return {}; }
  /// Times them from now on, into `times`, which must outlive the way.
  virtual void time_syscalls(sys::SyscallTimes& times) { static_cast<void>(times); }
  /// Puts the NIC back now, and says what could not be. No receiver may live any more.
  virtual Status release() { return {}; }
};

/// Errors: kUnsupported with the probe that failed, kBusy, kPermission, kInvalidArgument.
Result<std::unique_ptr<ReceiveWay>> open_receive_way(const ReceiveWayRequest& request);

}  // namespace nobounce::transfer
