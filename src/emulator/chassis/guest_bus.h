// SPDX-License-Identifier: Apache-2.0
// GuestBus: peer-to-peer DMA within one guest: the accelerators whose memory the guest's devices
// reach at the addresses that it has given their BARs. Every access asks the accelerator itself, so
// a BAR that was moved or switched off, or whose client is gone, answers no more.
#pragma once

#include <cstdint>
#include <vector>

#include "emulator/accelerator/accelerator.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator {

/// Not thread-safe.
class GuestBus final : public vfio_user::PeerMemory {
 public:
  /// `device` must outlive the bus's last use.
  void add(const accelerator::Accelerator& device) { devices_.push_back(&device); }

  [[nodiscard]] std::byte* resolve(std::uint64_t address, std::uint64_t length) const override {
    for (const accelerator::Accelerator* device : devices_)
      if (std::byte* const found = device->peer_memory(address, length)) return found;
    return nullptr;
  }

 private:
  std::vector<const accelerator::Accelerator*> devices_;
};

}  // namespace nobounce::emulator
