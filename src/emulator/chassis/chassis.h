// SPDX-License-Identifier: Apache-2.0
// Chassis: the machine that emulated NICs sit in. It owns pairs of NICs joined back to back, one
// vfio-user server each, and the single thread that runs them all; hence no device needs a lock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "emulator/gvnic/rx_queue.h"
#include "emulator/gvnic/tx_queue.h"

namespace nobounce::emulator {

struct ChassisOptions {
  std::filesystem::path socket_directory;  ///< Must exist; sockets get mode 0600.
  std::uint32_t pairs = 1;
  std::uint32_t queues = 4;  ///< A direction, a NIC.
  std::uint16_t mtu = 4148;
};

/// One NIC as its user sees it: where QEMU connects, and what went through it.
struct NicPort {
  std::filesystem::path socket;
  std::string mac;
};

struct NicStatistics {
  gvnic::TxStatistics tx;  ///< Summed over queues, destroyed ones included.
  gvnic::RxStatistics rx;
  std::uint64_t malformed_commands = 0;
  std::uint64_t resets = 0;
};

class Chassis {
 public:
  /// Creates the sockets and starts the thread. NIC 2i and NIC 2i+1 are the ends of pair i.
  /// Errors: kInvalidArgument (options), those of socket, bind and listen.
  static Result<std::unique_ptr<Chassis>> start(const ChassisOptions& options);

  /// Stops the thread, closes connections, removes the sockets.
  virtual ~Chassis() = default;

  [[nodiscard]] virtual const std::vector<NicPort>& nics() const = 0;
  /// A consistent copy, safe from any thread.
  [[nodiscard]] virtual std::vector<NicStatistics> statistics() const = 0;
};

}  // namespace nobounce::emulator
