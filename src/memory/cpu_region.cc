// SPDX-License-Identifier: Apache-2.0
#include "memory/cpu_region.h"

#include <fmt/format.h>

#include <cstring>

#include "base/pattern.h"
#include "base/sha256.h"

namespace nobounce::memory {

class CpuRegion::Hash final : public RegionHash {
 public:
  explicit Hash(CpuRegion& region) : region_(region) {}

  using RegionHash::add;
  Status add(std::span<const Extent> extents) override {
    NB_TRY(total_inside(region_.bounds(), extents, "hash"));
    return region_.with_access(Access::kRead, [&] {
      for (const Extent& extent : extents)
        hash_.update(region_.at(extent));
    });
  }
  Status add_host(std::span<const std::byte> bytes) override {
    hash_.update(bytes);
    return {};
  }
  Result<std::string> finish() override { return hash_.hex_digest(); }

 private:
  CpuRegion& region_;
  Sha256 hash_;
};

template <typename Work>
Status CpuRegion::with_access(Access access, Work&& work) {
  NB_TRY(begin_access(access));
  work();
  return end_access(access);
}

Status CpuRegion::load(std::uint64_t offset, std::span<const std::byte> from) {
  const Extent extent{.offset = offset, .length = from.size()};
  NB_TRY(require_inside(bounds(), extent, "load"));
  if (from.empty()) return {};
  // What is copied within a region may overlap.
  return with_access(Access::kWrite,
                     [&] { std::memmove(at(extent).data(), from.data(), from.size()); });
}

Status CpuRegion::store(std::span<const Extent> from, std::span<std::byte> to) {
  NB_ASSIGN(const std::uint64_t length, total_inside(bounds(), from, "store"));
  NB_TRY(require_room(bounds(), length, to.size()));
  if (length == 0) return {};
  return with_access(Access::kRead, [&] {
    std::byte* place = to.data();
    for (const Extent& extent : from) {
      const auto bytes = at(extent);
      if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
      place += bytes.size();
    }
  });
}

Status CpuRegion::fill(Extent extent, std::uint64_t seed, std::uint64_t position) {
  NB_TRY(require_inside(bounds(), extent, "fill"));
  NB_TRY(require_pattern(bounds(), extent.length, position, "fill"));
  return with_access(Access::kWrite, [&] { fill_pattern(at(extent), seed, position); });
}

Result<std::optional<std::uint64_t>> CpuRegion::find_mismatch(std::span<const Extent> extents,
                                                              std::uint64_t seed,
                                                              std::uint64_t position) {
  NB_ASSIGN(const std::uint64_t length, total_inside(bounds(), extents, "check"));
  NB_TRY(require_pattern(bounds(), length, position, "check"));
  std::optional<std::uint64_t> found;
  NB_TRY(with_access(Access::kRead, [&] {
    std::uint64_t before = 0;
    for (const Extent& extent : extents) {
      if (const auto index = find_pattern_mismatch(at(extent), seed, position + before)) {
        found = before + *index;
        return;
      }
      before += extent.length;
    }
  }));
  return found;
}

Result<std::unique_ptr<RegionHash>> CpuRegion::start_hash() {
  return std::make_unique<Hash>(*this);
}

Status CpuRegion::copy(Extent from, Region& to, std::uint64_t to_offset) {
  NB_TRY(require_inside(bounds(), from, "copy"));
  Status loaded;
  NB_TRY(with_access(Access::kRead, [&] { loaded = to.load(to_offset, at(from)); }));
  return loaded;
}

Status CpuRegion::gather(std::span<const Piece> pieces, Region& to) {
  NB_TRY(require_pieces(bounds(), pieces, {to.provider(), to.size()}, this == &to));
  for (const Piece& piece : pieces)
    NB_TRY(copy(piece.from, to, piece.to_offset));
  return {};
}

Figure<CpuAccesses> CpuRegion::cpu_accesses() {
  return NotAvailable{
      fmt::format("{} is host memory: nothing counts the CPU's accesses to it", provider())};
}

}  // namespace nobounce::memory
