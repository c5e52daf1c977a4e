// SPDX-License-Identifier: Apache-2.0
// A ring in guest memory, and the NIC's place in a completion ring.
//
// Rings are looked up anew for each batch of work, never kept: the client may unmap guest memory
// whenever the device returns to its event loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::gvnic {

struct Ring {
  std::uint64_t iova = 0;
  std::uint32_t entries = 0;  ///< A power of two.
  std::size_t entry_bytes = 0;

  static constexpr std::uint32_t kMaxEntries = 1u << 16;

  [[nodiscard]] std::uint32_t mask() const { return entries - 1; }

  /// Our address of the ring, or nullptr where it is not wholly in guest memory.
  [[nodiscard]] std::byte* locate(const vfio_user::GuestMemory& memory,
                                  vfio_user::DmaAccess access) const {
    return memory.translate(iova, entries * entry_bytes, access);
  }

  /// Errors: kInvalidArgument for a size that is no power of two up to kMaxEntries, for an address
  /// that is not a multiple of the entry size, and for a ring outside guest memory.
  [[nodiscard]] Status check(const vfio_user::GuestMemory& memory, vfio_user::DmaAccess access,
                             const std::string& name) const;
};

/// Where the NIC writes its next completion, and with which generation bit.
class CompletionCursor {
 public:
  [[nodiscard]] std::uint32_t index() const { return index_; }
  [[nodiscard]] bool generation() const { return generation_; }
  void advance(std::uint32_t mask) {
    index_ = (index_ + 1) & mask;
    generation_ ^= index_ == 0;
  }

 private:
  std::uint32_t index_ = 0;
  bool generation_ = true;
};

}  // namespace nobounce::emulator::gvnic
