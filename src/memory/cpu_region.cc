// SPDX-License-Identifier: Apache-2.0
#include "memory/cpu_region.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "base/pattern.h"

namespace nobounce::memory {
namespace {

Error bad_extent(std::string_view operation, std::string_view provider, Extent extent,
                 std::string cause) {
  return {.code = Code::kInvalidArgument,
          .operation = std::string(operation),
          .object =
              fmt::format("{} bytes at {} of a {} region", extent.length, extent.offset, provider),
          .cause = std::move(cause),
          .fix = {}};
}

/// The pattern's positions are 64 bits wide; a stream that would run past them has no next byte.
bool position_fits(std::uint64_t position, std::uint64_t length) {
  return range_fits(position, length, std::numeric_limits<std::uint64_t>::max());
}

constexpr std::string_view kPatternEnds = "the pattern ends at position 2^64";

}  // namespace

Result<std::span<std::byte>> CpuRegion::bytes_of(Extent extent, std::string_view operation) const {
  if (!range_fits(extent.offset, extent.length, bytes_.size())) {
    return fail(bad_extent(operation, provider(), extent,
                           fmt::format("the region ends at {}", bytes_.size())));
  }
  return bytes_.subspan(extent.offset, extent.length);
}

template <typename Work>
Status CpuRegion::with_access(Access access, Work&& work) {
  NB_TRY(begin_access(access));
  work();
  return end_access(access);
}

Status CpuRegion::load(std::uint64_t offset, std::span<const std::byte> from) {
  NB_ASSIGN(const auto to, bytes_of({.offset = offset, .length = from.size()}, "load"));
  if (from.empty()) return {};
  return with_access(Access::kWrite, [&] { std::memcpy(to.data(), from.data(), from.size()); });
}

Status CpuRegion::store(Extent from, std::span<std::byte> to) {
  NB_ASSIGN(const auto bytes, bytes_of(from, "store"));
  if (to.size() < bytes.size()) {
    return fail(bad_extent("store", provider(), from,
                           fmt::format("the destination has room for {}", to.size())));
  }
  if (bytes.empty()) return {};
  return with_access(Access::kRead, [&] { std::memcpy(to.data(), bytes.data(), bytes.size()); });
}

Status CpuRegion::fill(Extent extent, std::uint64_t seed, std::uint64_t position) {
  NB_ASSIGN(const auto bytes, bytes_of(extent, "fill"));
  if (!position_fits(position, extent.length)) {
    return fail(bad_extent("fill", provider(), extent, std::string(kPatternEnds)));
  }
  return with_access(Access::kWrite, [&] { fill_pattern(bytes, seed, position); });
}

Result<bool> CpuRegion::matches(Extent extent, std::uint64_t seed, std::uint64_t position) {
  NB_ASSIGN(const auto bytes, bytes_of(extent, "check"));
  if (!position_fits(position, extent.length)) {
    return fail(bad_extent("check", provider(), extent, std::string(kPatternEnds)));
  }
  bool equal = false;
  NB_TRY(with_access(Access::kRead,
                     [&] { equal = !find_pattern_mismatch(bytes, seed, position).has_value(); }));
  return equal;
}

Status CpuRegion::hash(Extent extent, Sha256& into) {
  NB_ASSIGN(const auto bytes, bytes_of(extent, "hash"));
  return with_access(Access::kRead, [&] { into.update(bytes); });
}

}  // namespace nobounce::memory
