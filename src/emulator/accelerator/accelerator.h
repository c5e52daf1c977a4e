// SPDX-License-Identifier: Apache-2.0
// Accelerator: device memory behind a BAR, and an engine that works on it, as a PCI device behind a
// vfio-user server: a virtio-gpu (1af4:1050) without displays, which Linux's own driver runs. No
// client can map the memory: each access of a CPU comes as a message, and is counted.
//
// docs/accelerator.md describes the device for those who write a driver.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "emulator/accelerator/cpu_accesses.h"
#include "emulator/accelerator/gpu.h"
#include "emulator/accelerator/virtio_transport.h"
#include "emulator/accelerator/window.h"
#include "emulator/vfio_user/device.h"
#include "emulator/vfio_user/guest_memory.h"
#include "emulator/vfio_user/pci_config.h"

namespace nobounce::emulator::accelerator {

struct AcceleratorOptions {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  ///< A power of two, 64 MiB to 4 GiB.
  std::size_t accesses_noted = 0;  ///< The latest of the CPU's, at most CpuAccesses::kMostNoted.
};

struct AcceleratorStatistics {
  abi::accelerator::AccessCounters cpu{};
  std::vector<CpuAccess> latest_accesses{};  ///< As many as are noted, the oldest first.
  GpuStatistics gpu{};
  std::uint64_t resets_wanted = 0;  ///< How often it asked its driver for a reset after a fault.
  std::uint64_t resets = 0;         ///< Resets that the driver or the client did.
};

/// Not thread-safe: the thread of the vfio-user server runs it. Neither movable nor copyable.
class Accelerator final : public vfio_user::Device {
 public:
  /// What one run() works off at most, so that the NICs of the thread get their turn: bytes that
  /// are moved, made or looked at.
  static constexpr std::uint64_t kTurnBytes = std::uint64_t{256} << 10;

  /// `memory`, the guest's, outlives the device. Errors: those of Window::create.
  static Result<std::unique_ptr<Accelerator>> create(const AcceleratorOptions& options,
                                                     const vfio_user::GuestMemory& memory);

  [[nodiscard]] std::uint64_t region_size(vfio_user::PciRegion region) const override;
  [[nodiscard]] std::uint32_t irq_count(vfio_user::PciIrq irq) const override;
  Status read(vfio_user::PciRegion region, std::uint64_t offset, std::span<std::byte> to) override;
  Status write(vfio_user::PciRegion region, std::uint64_t offset,
               std::span<const std::byte> from) override;
  void set_irq(vfio_user::PciIrq irq, std::uint32_t vector, sys::Fd eventfd) override;
  void reset() override;
  bool run() override;

  /// Our address of [address, address + length) of the guest's bus, or nullptr unless it is memory
  /// of this device, laid out by its driver and decoded by it. For the DMA of its guest's other
  /// devices; good until the next message.
  [[nodiscard]] std::byte* peer_memory(std::uint64_t address, std::uint64_t length) const;

  [[nodiscard]] bool driver_runs() const { return transport_.has_driver(); }
  [[nodiscard]] AcceleratorStatistics statistics() const;

 private:
  Accelerator(const vfio_user::PciConfig& config, Window window,
              const vfio_user::GuestMemory& memory);

  void refuse_cursors();

  vfio_user::PciConfig config_;
  Window window_;
  VirtioTransport transport_;
  Gpu gpu_;
  Chain cursor_;
  std::uint64_t resets_ = 0;
};

}  // namespace nobounce::emulator::accelerator
