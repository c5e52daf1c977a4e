// SPDX-License-Identifier: Apache-2.0
// Pair: two NICs, the cable between them, and their servers. Run by the chassis's thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/result.h"
#include "emulator/chassis/chassis.h"
#include "emulator/gvnic/gvnic.h"
#include "emulator/vfio_user/guest_memory.h"
#include "emulator/vfio_user/server.h"
#include "emulator/wire/cable.h"
#include "sys/steady_clock.h"

namespace nobounce::emulator {

/// Where NIC `side` (0 or 1) of pair `number` listens, and its locally administered MAC address.
std::filesystem::path socket_of(const std::filesystem::path& directory, std::uint32_t number,
                                std::uint32_t side);
gvnic::MacAddress mac_of(std::uint32_t number, std::uint32_t side);
std::string to_string(const gvnic::MacAddress& mac);

/// Neither movable nor copyable, as its parts refer to each other.
class Pair {
 public:
  /// Errors: those of Gvnic::create and Server::open.
  static Result<std::unique_ptr<Pair>> open(const ChassisOptions& options, std::uint32_t number);

  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  /// Both servers; the key of side `side` is `first_key + side`.
  Status register_with(sys::Epoll& epoll, std::uint64_t first_key);
  /// To be called for an event of side `side`. A server that fails for good is closed.
  void on_ready(std::uint32_t side);
  /// One turn for each NIC, then the interrupts of both. True if there is more to send.
  bool run();

  [[nodiscard]] NicStatistics statistics(std::uint32_t side) const;

 private:
  struct Side {
    vfio_user::GuestMemory memory;
    std::unique_ptr<gvnic::Gvnic> nic;
    std::optional<vfio_user::Server> server;
  };

  Pair() = default;

  sys::SteadyClock clock_;
  wire::Cable cable_;
  std::array<Side, 2> sides_;
};

}  // namespace nobounce::emulator
