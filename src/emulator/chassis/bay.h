// SPDX-License-Identifier: Apache-2.0
// Bay: the place of one NIC in a chassis: the NIC itself, the guest memory that it reaches, and the
// server at which a QEMU finds it. Run by the chassis's thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "emulator/chassis/statistics.h"
#include "emulator/gvnic/gvnic.h"
#include "emulator/net/frame.h"
#include "emulator/vfio_user/guest_memory.h"
#include "emulator/vfio_user/server.h"
#include "sys/epoll_set.h"

namespace nobounce::emulator {

/// Neither movable nor copyable, as its parts refer to each other.
class Bay {
 public:
  /// `wire` and `clock` must outlive the bay's last turn. Errors: those of Gvnic::create and
  /// Server::open.
  static Result<std::unique_ptr<Bay>> open(const gvnic::GvnicOptions& options,
                                           const std::filesystem::path& socket,
                                           net::FrameSink& wire, const Clock& clock);

  Bay(const Bay&) = delete;
  Bay& operator=(const Bay&) = delete;

  /// Adds the server to `epoll`, which must outlive the bay.
  Status register_with(sys::Epoll& epoll, std::uint64_t key);
  /// To be called for an event of the server. One that fails for good is closed.
  void on_ready();
  /// Drops the client and closes the socket.
  void close() { server_.reset(); }

  [[nodiscard]] gvnic::Gvnic& nic() { return *nic_; }
  [[nodiscard]] const gvnic::Gvnic& nic() const { return *nic_; }

  /// Whether somebody is at the other end of the cable.
  void set_link(bool up);

  [[nodiscard]] NicStatistics statistics() const;

 private:
  Bay() = default;

  vfio_user::GuestMemory memory_;
  std::unique_ptr<gvnic::Gvnic> nic_;
  std::optional<vfio_user::Server> server_;
  vfio_user::Server::Statistics last_statistics_;  // of a server that was closed
  bool somebody_there_ = false;
};

}  // namespace nobounce::emulator
