// SPDX-License-Identifier: Apache-2.0
// Chassis: the machine that emulated NICs sit in. It owns pairs of NICs joined back to back, one
// vfio-user server each, and the single thread that runs them all; hence no device needs a lock.
//
// Guests are not trusted; nor are clients, except that one can hold up the thread: it owns the
// files whose descriptors it sends, and closing or signalling a file may wait for its owner.
// Clients that don't trust each other need a chassis, in a process, each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "emulator/gvnic/gvnic.h"

namespace nobounce::emulator {

struct ChassisOptions {
  std::filesystem::path socket_directory;  ///< Must exist; sockets get mode 0600.
  std::uint32_t pairs = 1;                 ///< 1 to Chassis::kMaxPairs.
  std::uint32_t queues = 4;                ///< A direction, a NIC.
  std::uint16_t mtu = 4148;
};

/// One NIC as its user sees it: where QEMU connects, and its MAC address.
struct NicPort {
  std::filesystem::path socket;
  std::string mac;
};

struct NicStatistics : gvnic::GvnicStatistics {
  std::uint64_t wire_dropped = 0;  ///< Frames of this NIC's pair that its cable had to drop.
};

class Chassis {
 public:
  static constexpr std::uint32_t kMaxPairs = 64;

  /// Creates the sockets and starts the thread. NIC 2i and NIC 2i+1 are the ends of pair i; a NIC's
  /// link is up while the driver of its other end runs.
  /// Errors: kInvalidArgument (options), those of socket, bind and listen.
  static Result<std::unique_ptr<Chassis>> start(const ChassisOptions& options);

  /// Stops the thread, closes connections, removes the sockets.
  virtual ~Chassis() = default;

  [[nodiscard]] virtual const std::vector<NicPort>& nics() const = 0;
  /// A consistent copy, of all NICs at one moment between two batches; safe from any thread. Waits
  /// for the chassis's thread to come by.
  [[nodiscard]] virtual std::vector<NicStatistics> statistics() const = 0;
};

}  // namespace nobounce::emulator
