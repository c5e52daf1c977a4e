// SPDX-License-Identifier: Apache-2.0
#include "emulator/accelerator/virtio_capabilities.h"

#include <linux/virtio_gpu.h>
#include <linux/virtio_pci.h>

#include <cstring>

namespace nobounce::emulator::accelerator {
namespace {

struct Place {
  std::uint8_t type = 0;
  vfio_user::PciRegion bar = BarMap::kVirtio;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

// The configuration space itself writes what comes before the type.
constexpr std::size_t kWrittenElsewhere = offsetof(virtio_pci_cap, cfg_type);

template <typename Capability>
std::vector<std::byte> bytes_of(const Capability& capability) {
  std::vector<std::byte> bytes(sizeof capability - kWrittenElsewhere);
  std::memcpy(bytes.data(), reinterpret_cast<const std::byte*>(&capability) + kWrittenElsewhere,
              bytes.size());
  return bytes;
}

virtio_pci_cap capability_of(const Place& place) {
  virtio_pci_cap capability{};
  capability.cfg_type = place.type;
  capability.bar = static_cast<std::uint8_t>(place.bar);
  capability.offset = place.offset;
  capability.length = place.length;
  return capability;
}

}  // namespace

std::vector<std::vector<std::byte>> virtio_capabilities(std::uint64_t window_bytes,
                                                        std::uint16_t queues) {
  const virtio_pci_notify_cap notify{
      .cap = capability_of({.type = VIRTIO_PCI_CAP_NOTIFY_CFG,
                            .offset = BarMap::kNotifyAt,
                            .length = queues * BarMap::kNotifyStride}),
      .notify_off_multiplier = BarMap::kNotifyStride};
  virtio_pci_cap64 window{
      .cap = capability_of({.type = VIRTIO_PCI_CAP_SHARED_MEMORY_CFG,
                            .bar = BarMap::kWindow,
                            .length = static_cast<std::uint32_t>(window_bytes)}),
      .offset_hi = 0,
      .length_hi = static_cast<std::uint32_t>(window_bytes >> 32)};
  window.cap.id = VIRTIO_GPU_SHM_ID_HOST_VISIBLE;
  return {bytes_of(capability_of({.type = VIRTIO_PCI_CAP_COMMON_CFG,
                                  .offset = BarMap::kCommonAt,
                                  .length = BarMap::kCommonBytes})),
          bytes_of(notify),
          bytes_of(capability_of({.type = VIRTIO_PCI_CAP_ISR_CFG,
                                  .offset = BarMap::kInterruptStatusAt,
                                  .length = BarMap::kInterruptStatusBytes})),
          bytes_of(capability_of({.type = VIRTIO_PCI_CAP_DEVICE_CFG,
                                  .offset = BarMap::kDeviceAt,
                                  .length = BarMap::kDeviceBytes})),
          bytes_of(window)};
}

}  // namespace nobounce::emulator::accelerator
