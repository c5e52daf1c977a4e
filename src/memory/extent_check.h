// SPDX-License-Identifier: Apache-2.0
// The checks that every provider makes before it touches a byte, in one wording.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "memory/extent.h"

namespace nobounce::memory {

/// What is checked, and for the message: on whose behalf.
struct RegionBounds {
  std::string_view provider;
  std::uint64_t size = 0;
};

/// Errors of all: kInvalidArgument.
Status require_inside(const RegionBounds& region, Extent extent, std::string_view operation);
/// All of them inside, and together no more than fits 64 bits: their sum.
Result<std::uint64_t> total_inside(const RegionBounds& region, std::span<const Extent> extents,
                                   std::string_view operation);
/// Positions of a pattern are 64 bits wide; a stream that would run past them has no next byte.
Status require_pattern(const RegionBounds& region, std::uint64_t length, std::uint64_t position,
                       std::string_view operation);
/// What a gather moves, and where to. `is_same`: both regions are one.
Status require_pieces(const RegionBounds& from, std::span<const Piece> pieces,
                      const RegionBounds& to, bool is_same);
/// The destination of a store.
Status require_room(const RegionBounds& region, std::uint64_t length, std::uint64_t room);

}  // namespace nobounce::memory
