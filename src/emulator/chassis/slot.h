// SPDX-License-Identifier: Apache-2.0
// Slot: what every PCI device of a chassis sits in: the guest memory that it reaches, and the
// server at which a QEMU finds it. Run by the chassis's thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/result.h"
#include "emulator/vfio_user/device.h"
#include "emulator/vfio_user/guest_memory.h"
#include "emulator/vfio_user/server.h"
#include "sys/epoll_set.h"

namespace nobounce::emulator {

/// Neither movable nor copyable, as devices refer to its memory.
class Slot {
 public:
  Slot() = default;
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  /// Offers `device`, which must outlive the slot, at `socket`, and adds the server to `epoll`,
  /// which must too. Errors: those of Server::open.
  Status open(const std::filesystem::path& socket, vfio_user::Device& device, sys::Epoll& epoll,
              std::uint64_t key);
  /// To be called for an event of the server. One that fails for good is closed.
  void on_ready();
  /// Drops the client, which resets the device, and closes the socket.
  void close() { server_.reset(); }

  [[nodiscard]] vfio_user::GuestMemory& memory() { return memory_; }
  [[nodiscard]] const vfio_user::GuestMemory& memory() const { return memory_; }
  [[nodiscard]] bool has_client() const { return server_ && server_->has_client(); }
  [[nodiscard]] const vfio_user::Server::Statistics& statistics() const {
    return server_ ? server_->statistics() : last_statistics_;
  }

 private:
  vfio_user::GuestMemory memory_;
  std::optional<vfio_user::Server> server_;
  vfio_user::Server::Statistics last_statistics_;  // of a server that was closed
};

}  // namespace nobounce::emulator
