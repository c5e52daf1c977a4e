// SPDX-License-Identifier: Apache-2.0
// The layout of a split virtqueue in guest memory. <linux/virtio_ring.h> has it too, and functions
// beside it that no C++ compiler takes. Source: Virtual I/O Device (VIRTIO) Version 1.2, 2.7.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nobounce::emulator::accelerator::split_ring {

struct Descriptor {
  std::uint64_t address;
  std::uint32_t bytes;
  std::uint16_t flags;
  std::uint16_t next;
};
static_assert(sizeof(Descriptor) == 16);

enum DescriptorFlags : std::uint16_t {
  kNext = 1,      ///< `next` goes on with the chain.
  kWrite = 2,     ///< For the device to write to.
  kIndirect = 4,  ///< A feature that is not offered.
};

struct UsedElement {
  std::uint32_t head;
  std::uint32_t bytes;
};
static_assert(sizeof(UsedElement) == 8);

inline constexpr std::uint16_t kNoInterrupt = 1;  ///< Of the available ring's flags.

// Both rings begin with 16 bits of flags and 16 of an index; what follows is the ring.
inline constexpr std::uint64_t kFlagsAt = 0;
inline constexpr std::uint64_t kIndexAt = 2;
inline constexpr std::uint64_t kRingAt = 4;
inline constexpr std::uint64_t kIndexBytes = sizeof(std::uint16_t);

inline constexpr std::uint64_t kDescriptorAlignment = 16;
inline constexpr std::uint64_t kAvailableAlignment = 2;
inline constexpr std::uint64_t kUsedAlignment = 4;

}  // namespace nobounce::emulator::accelerator::split_ring
