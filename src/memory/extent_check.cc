// SPDX-License-Identifier: Apache-2.0
#include "memory/extent_check.h"

#include <fmt/format.h>

#include <limits>
#include <string>

#include "base/bytes.h"

namespace nobounce::memory {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

Error bad(std::string_view operation, std::string object, std::string cause) {
  return {.code = Code::kInvalidArgument,
          .operation = std::string(operation),
          .object = std::move(object),
          .cause = std::move(cause),
          .fix = {}};
}

std::string bytes_of(const RegionBounds& region, std::uint64_t length) {
  return fmt::format("{} bytes of a {} region", length, region.provider);
}

}  // namespace

Status require_inside(const RegionBounds& region, Extent extent, std::string_view operation) {
  if (range_fits(extent.offset, extent.length, region.size)) return {};
  return fail(bad(
      operation,
      fmt::format("{} bytes at {} of a {} region", extent.length, extent.offset, region.provider),
      fmt::format("the region ends at {}", region.size)));
}

Result<std::uint64_t> total_inside(const RegionBounds& region, std::span<const Extent> extents,
                                   std::string_view operation) {
  std::uint64_t total = 0;
  for (const Extent& extent : extents) {
    NB_TRY(require_inside(region, extent, operation));
    if (extent.length > kMax - total) {
      return fail(bad(operation, bytes_of(region, kMax), "so many bytes have no number"));
    }
    total += extent.length;
  }
  return total;
}

Status require_pattern(const RegionBounds& region, std::uint64_t length, std::uint64_t position,
                       std::string_view operation) {
  if (range_fits(position, length, kMax)) return {};
  return fail(bad(operation, bytes_of(region, length), "the pattern ends at position 2^64"));
}

Status require_pieces(const RegionBounds& from, std::span<const Piece> pieces,
                      const RegionBounds& to, bool is_same) {
  if (is_same) {
    return fail(bad("gather", fmt::format("a {} region", from.provider),
                    "its pieces must go to another region"));
  }
  for (const Piece& piece : pieces) {
    NB_TRY(require_inside(from, piece.from, "gather"));
    NB_TRY(require_inside(to, {piece.to_offset, piece.from.length}, "gather to"));
  }
  return {};
}

Status require_room(const RegionBounds& region, std::uint64_t length, std::uint64_t room) {
  if (length <= room) return {};
  return fail(
      bad("store", bytes_of(region, length), fmt::format("the destination has room for {}", room)));
}

}  // namespace nobounce::memory
