// SPDX-License-Identifier: Apache-2.0
// Device: what an emulated PCI device is to the vfio-user server, and all that the server knows of
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::emulator::vfio_user {

/// VFIO's fixed numbering of a PCI device's regions (linux/vfio.h, VFIO_PCI_*_REGION_INDEX).
enum PciRegion : std::uint32_t {
  kBar0 = 0,
  kBar1 = 1,
  kBar2 = 2,
  kBar3 = 3,
  kBar4 = 4,
  kBar5 = 5,
  kExpansionRom = 6,
  kConfigSpace = 7,
  kVga = 8,
  kPciRegionCount = 9,
};

/// VFIO's fixed numbering of a PCI device's interrupt kinds (VFIO_PCI_*_IRQ_INDEX).
enum PciIrq : std::uint32_t {
  kIntx = 0,
  kMsi = 1,
  kMsix = 2,
  kErr = 3,
  kReq = 4,
  kPciIrqCount = 5,
};

/// The memory of a region that a client may map and access in place of sending reads and writes.
struct MappableRegion {
  int fd = -1;               ///< The device's own, open as long as the device lives.
  std::uint64_t offset = 0;  ///< Where in that file the region begins, a multiple of a page.
};

/// A PCI device behind a vfio-user server. All calls come from the one thread that runs the server,
/// so an implementation needs no locks. The server has checked that `offset` and length lie within
/// `region_size(region)`; everything else about an access is the device's to check.
class Device {
 public:
  virtual ~Device() = default;

  /// Bytes of a region; 0 for one that the device lacks.
  [[nodiscard]] virtual std::uint64_t region_size(PciRegion region) const = 0;
  /// Vectors of an interrupt kind; 0 for one that the device lacks.
  [[nodiscard]] virtual std::uint32_t irq_count(PciIrq irq) const = 0;

  /// The memory of a region of whole pages, if clients may map it. The device is then not told of
  /// accesses; clients that do not map it still send theirs.
  [[nodiscard]] virtual std::optional<MappableRegion> mapping(PciRegion /*region*/) const {
    return std::nullopt;
  }

  virtual Status read(PciRegion region, std::uint64_t offset, std::span<std::byte> to) = 0;
  virtual Status write(PciRegion region, std::uint64_t offset, std::span<const std::byte> from) = 0;

  /// Gives the device the eventfd that raises `vector`, or takes it away with an empty Fd. The
  /// server has adopted it: sys::signal_eventfd raises the interrupt and never blocks.
  virtual void set_irq(PciIrq irq, std::uint32_t vector, sys::Fd eventfd) = 0;

  /// The client asked for a reset, or went away: no DMA after this until the driver starts anew.
  virtual void reset() = 0;

  /// Does the work that register writes have started. Called after each batch of messages; returns
  /// true if work is left, so that the caller comes back soon without starving other devices.
  virtual bool run() = 0;
};

}  // namespace nobounce::emulator::vfio_user
