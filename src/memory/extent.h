// SPDX-License-Identifier: Apache-2.0
// Places in a region.
#pragma once

#include <cstdint>

namespace nobounce::memory {

/// Bytes [offset, offset + length) of a region.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// What a gather moves: an extent of one region, and where in another it goes.
struct Piece {
  Extent from;
  std::uint64_t to_offset = 0;
};

}  // namespace nobounce::memory
