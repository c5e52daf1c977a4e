// SPDX-License-Identifier: Apache-2.0
// Where a virtio driver finds the parts of the device: the layout of its BARs, and the PCI
// capabilities that say so. Source: Virtual I/O Device (VIRTIO) Version 1.2, section 4.1.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "emulator/vfio_user/device.h"

namespace nobounce::emulator::accelerator {

/// BAR 0: virtio's structures. BAR 1: MSI-X. BAR 2, of 64 bits: the window to device memory.
struct BarMap {
  static constexpr vfio_user::PciRegion kVirtio = vfio_user::kBar0;
  static constexpr vfio_user::PciRegion kMsix = vfio_user::kBar1;
  static constexpr vfio_user::PciRegion kWindow = vfio_user::kBar2;

  static constexpr std::uint32_t kVirtioBytes = 0x4000;
  static constexpr std::uint32_t kCommonAt = 0x0000;
  static constexpr std::uint32_t kCommonBytes = 64;
  static constexpr std::uint32_t kInterruptStatusAt = 0x1000;
  static constexpr std::uint32_t kInterruptStatusBytes = 1;
  static constexpr std::uint32_t kDeviceAt = 0x2000;
  static constexpr std::uint32_t kDeviceBytes = 16;
  static constexpr std::uint32_t kNotifyAt = 0x3000;
  static constexpr std::uint32_t kNotifyStride = 4;  ///< Queue i is notified at kNotifyAt + 4·i.

  static constexpr std::uint32_t kMsixBytes = 0x1000;
  static constexpr std::uint32_t kMsixPendingBitsAt = kMsixBytes / 2;
};

/// As PciConfigOptions::vendor_capabilities takes them, for a window of so many bytes and so many
/// queues.
std::vector<std::vector<std::byte>> virtio_capabilities(std::uint64_t window_bytes,
                                                        std::uint16_t queues);

}  // namespace nobounce::emulator::accelerator
