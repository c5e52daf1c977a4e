// SPDX-License-Identifier: Apache-2.0
// The copy meter's profile: instructions by the block of guest code that they stand in. A block has
// a counter in each vCPU's table, given to it when it is first translated and kept when it is
// translated anew; QEMU's code adds to it in place. Nothing is allocated after keep().
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "abi/copy_meter.h"
#include "lab/meter/qemu_plugin.h"

namespace {

using nobounce::abi::copy_meter::kMostProfileEntries;
using nobounce::abi::copy_meter::ProfileEntry;

class Profile {
 public:
  /// From now on; before any code runs.
  void keep() { counts_ = qemu_plugin_scoreboard_new(kSlots * sizeof(std::uint64_t)); }
  [[nodiscard]] bool is_kept() const { return counts_ != nullptr; }

  /// Has a block that is being translated counted whenever it runs. Several vCPUs translate at
  /// once.
  void count(qemu_plugin_tb* block, std::size_t instructions) {
    if (!is_kept()) return;
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
        block, QEMU_PLUGIN_INLINE_ADD_U64,
        {counts_, slot_of(qemu_plugin_tb_vaddr(block)) * sizeof(std::uint64_t)}, instructions);
  }

  /// What was ever executed, as ProfileEntry; how many of them.
  std::uint32_t write_to(GByteArray* buffer, unsigned vcpus) const {
    g_byte_array_set_size(buffer, kMostProfileEntries * sizeof(ProfileEntry));
    std::uint32_t written = 0;
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      ProfileEntry entry{.address = addresses_[slot], .instructions = 0};
      if (slot == kUserSlot) entry.address = nobounce::abi::copy_meter::kOfUserSpace;
      if (slot == kRestSlot) entry.address = nobounce::abi::copy_meter::kOfTheRest;
      for (unsigned i = 0; i < vcpus; ++i)
        entry.instructions += __atomic_load_n(table_of(i) + slot, __ATOMIC_RELAXED);
      if (entry.instructions == 0) continue;
      std::memcpy(buffer->data + written * sizeof entry, &entry, sizeof entry);
      ++written;
    }
    g_byte_array_set_size(buffer, written * static_cast<unsigned>(sizeof(ProfileEntry)));
    return written;
  }

 private:
  static constexpr std::size_t kSlots = kMostProfileEntries;
  static constexpr std::size_t kUserSlot = kSlots - 1;
  static constexpr std::size_t kRestSlot = kSlots - 2;
  static constexpr std::size_t kCodeSlots = kSlots - 2;
  static constexpr std::size_t kMostSteps = 256;
  static constexpr std::uint64_t kKernelStart = std::uint64_t{1} << 63;

  [[nodiscard]] const std::uint64_t* table_of(unsigned vcpu) const {
    return static_cast<const std::uint64_t*>(qemu_plugin_scoreboard_find(counts_, vcpu));
  }

  // A hash table that only grows: an address stays where it was put.
  std::size_t slot_of(std::uint64_t address) {
    if (address < kKernelStart) return kUserSlot;
    constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
    std::size_t slot = static_cast<std::size_t>((address * kGoldenRatio) >> 32) % kCodeSlots;
    for (std::size_t step = 0; step < kMostSteps; ++step) {
      std::uint64_t found = 0;
      if (__atomic_compare_exchange_n(&addresses_[slot], &found, address, false, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED) ||
          found == address)
        return slot;
      slot = (slot + 1) % kCodeSlots;
    }
    return kRestSlot;
  }

  qemu_plugin_scoreboard* counts_ = nullptr;
  std::uint64_t addresses_[kSlots] = {};
};

}  // namespace
