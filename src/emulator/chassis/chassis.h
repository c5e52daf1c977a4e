// SPDX-License-Identifier: Apache-2.0
// Chassis: the machine that emulated NICs and accelerators sit in. It owns those of a layout, the
// wires between NICs, one vfio-user server each, and the single thread that runs them all; hence no
// device needs a lock.
//
// Guests are not trusted; nor are clients, except that one can hold up the thread: it owns the
// files whose descriptors it sends, and closing or signalling a file may wait for its owner.
// Clients that don't trust each other need a chassis, in a process, each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "emulator/chassis/layout.h"
#include "emulator/chassis/statistics.h"

namespace nobounce::emulator {

/// One NIC as its user sees it: where QEMU connects, and its MAC address.
struct NicPort {
  std::string name;
  std::filesystem::path socket;
  std::string mac;
};

/// One accelerator as its user sees it.
struct AcceleratorPort {
  std::string name;
  std::filesystem::path socket;
  std::uint64_t memory_bytes = 0;
};

/// All that is asked of a running chassis is done by its thread, between two turns, while the
/// caller waits; safe from any thread.
class Chassis {
 public:
  /// Creates the sockets and starts the thread. A NIC's link is up while its driver runs; on a
  /// cable between two NICs, while the other's does.
  /// Errors: those of check(Layout), Gvnic::create, Accelerator::create, wire::open_tap_station,
  /// and of socket, bind and listen.
  static Result<std::unique_ptr<Chassis>> start(const Layout& layout);

  /// Stops the thread, closes connections, removes the sockets.
  virtual ~Chassis() = default;

  /// In the order of Layout::nics.
  [[nodiscard]] virtual const std::vector<NicPort>& nics() const = 0;
  /// In the order of Layout::accelerators.
  [[nodiscard]] virtual const std::vector<AcceleratorPort>& accelerators() const = 0;

  /// A consistent copy, of everything at one moment.
  [[nodiscard]] virtual ChassisStatistics statistics() const = 0;

  /// What happens from now on to frames that are sent into `wire`, by the station at `port` or by
  /// all. Errors: kNotFound, those of check(Impairments).
  virtual Status set_impairments(std::string_view wire, std::optional<std::uint32_t> port,
                                 const wire::Impairments& impairments) = 0;
  /// Unplugs the NIC, or plugs it in again. Error: kNotFound.
  virtual Status set_link(std::string_view nic, bool up) = 0;
  /// Writes what crosses all wires to a pcapng file, instead of to the one before. Errors: those of
  /// wire::Capture::open.
  virtual Status start_capture(const std::filesystem::path& path) = 0;
  virtual void stop_capture() = 0;
};

}  // namespace nobounce::emulator
