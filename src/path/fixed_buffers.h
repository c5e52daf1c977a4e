// SPDX-License-Identifier: Apache-2.0
// FixedBuffers: a region registered with a ring, so that its pages are pinned once and not by every
// send. A ring has one such table: senders that share a ring share it. It stays registered until
// the ring is closed, since older kernels would wait for the peer to let it go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "memory/region.h"
#include "sys/ring.h"

namespace nobounce::path {

/// Bytes of the region as io_uring names them.
struct FixedExtent {
  std::byte* start = nullptr;
  std::uint32_t length = 0;  ///< Shorter than asked for where a buffer ends.
  std::uint16_t buffer = 0;
};

class FixedBuffers {
 public:
  /// A buffer of io_uring's ends here.
  static constexpr std::uint64_t kMaxBufferBytes = std::uint64_t{1} << 30;

  /// Registers `region` (of Region::pinnable_view), which must outlive the senders that use it.
  /// Errors: kExhausted (locked memory), kUnsupported (memory that can't be pinned), kBusy (the
  /// ring has buffers), kInvalidArgument (an empty region).
  static Result<FixedBuffers> open(sys::Ring& ring, std::span<std::byte> region);

  [[nodiscard]] std::span<std::byte> region() const { return region_; }
  /// The front of `extent`, which must lie in the region, as far as one buffer reaches.
  [[nodiscard]] FixedExtent front_of(memory::Extent extent) const;

 private:
  explicit FixedBuffers(std::span<std::byte> region) : region_(region) {}

  std::span<std::byte> region_;
};

}  // namespace nobounce::path
