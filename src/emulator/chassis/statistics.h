// SPDX-License-Identifier: Apache-2.0
// What a chassis counts: plain data, copied at one moment between two turns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "emulator/accelerator/accelerator.h"
#include "emulator/gvnic/gvnic.h"
#include "emulator/vfio_user/server.h"
#include "emulator/wire/host_station.h"
#include "emulator/wire/wire.h"

namespace nobounce::emulator {

struct NicStatistics {
  std::string driver{};           ///< What the driver called itself; empty before it did.
  bool has_client = false;        ///< A QEMU is connected.
  bool driver_runs = false;       ///< From the driver's RUN to its reset.
  bool has_cable = true;          ///< False while the administrator has unplugged it.
  bool has_link = false;          ///< What the driver is told.
  std::uint64_t dma_refused = 0;  ///< Accesses to addresses that are no memory, or not for it.
  gvnic::GvnicStatistics counters{};
  vfio_user::Server::Statistics server{};
};

struct AcceleratorUnitStatistics {
  bool has_client = false;        ///< A QEMU is connected.
  bool driver_runs = false;       ///< From the driver's DRIVER_OK to its reset.
  std::uint64_t dma_refused = 0;  ///< As of a NIC.
  accelerator::AcceleratorStatistics counters{};
  vfio_user::Server::Statistics server{};
};

struct WireStatistics {
  std::vector<wire::Impairments> impairments{};  ///< Of each port.
  std::vector<wire::PortStatistics> ports{};
  /// Of each port whose station is no NIC.
  std::vector<std::optional<wire::HostStationStatistics>> hosts{};
};

struct CaptureStatistics {
  std::filesystem::path path{};
  std::uint64_t frames = 0;  ///< Noted so far.
};

struct ChassisStatistics {
  std::vector<NicStatistics> nics{};                      ///< In the order of Layout::nics.
  std::vector<AcceleratorUnitStatistics> accelerators{};  ///< In the order of the layout's.
  std::vector<WireStatistics> wires{};                    ///< In the order of Layout::wires.
  std::optional<CaptureStatistics> capture{};
};

}  // namespace nobounce::emulator
