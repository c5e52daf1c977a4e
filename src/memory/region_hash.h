// SPDX-License-Identifier: Apache-2.0
// RegionHash: a running SHA-256 over bytes of a region, computed where they are; of an
// accelerator's with a CRC-32C beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/figure.h"
#include "base/result.h"
#include "memory/extent.h"

namespace nobounce::memory {

/// Made by a region, which must outlive it. What is added counts in the order of the calls, and has
/// been read when the call returns. After an error there is no digest to be had. Thread-compatible,
/// together with its region.
class RegionHash {
 public:
  virtual ~RegionHash() = default;

  /// Adds the bytes of the extents, one after the other. Error: kInvalidArgument past the region's
  /// end, before anything was added.
  virtual Status add(std::span<const Extent> extents) = 0;
  /// Adds bytes that lie in host memory: of a stream that did not wholly land in the region.
  virtual Status add_host(std::span<const std::byte> bytes) = 0;
  /// The digest as 64 hex digits; nothing may be added any more.
  virtual Result<std::string> finish() = 0;
  /// CRC-32C of the same bytes, once finished: a device that computes it anyway tells it.
  [[nodiscard]] virtual Figure<std::uint32_t> crc32c() const {
    return NotAvailable{"the CPU computes the SHA-256 alone"};
  }

  Status add(Extent extent) { return add(std::span(&extent, 1)); }
};

}  // namespace nobounce::memory
