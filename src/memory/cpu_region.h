// SPDX-License-Identifier: Apache-2.0
// CpuRegion: what all regions share whose bytes the CPU can reach through a mapping. A provider
// brings the mapping and the dma-buf, and what must happen around a CPU access.
#pragma once

#include "memory/extent_check.h"
#include "memory/region.h"

namespace nobounce::memory {

class CpuRegion : public Region {
 public:
  using Region::store;

  [[nodiscard]] std::uint64_t size() const final { return bytes_.size(); }
  /// Never fails. Whoever uses the view gets no begin_access and end_access around it; on x86-64,
  /// where DMA is coherent, nothing is lost by that.
  Result<std::span<std::byte>> cpu_view() final { return bytes_; }

  Status load(std::uint64_t offset, std::span<const std::byte> from) final;
  Status store(std::span<const Extent> from, std::span<std::byte> to) final;
  Status fill(Extent extent, std::uint64_t seed, std::uint64_t position) final;
  Result<std::optional<std::uint64_t>> find_mismatch(std::span<const Extent> extents,
                                                     std::uint64_t seed,
                                                     std::uint64_t position) final;
  Result<std::unique_ptr<RegionHash>> start_hash() final;
  /// By the CPU, and so to any region that can be loaded.
  Status copy(Extent from, Region& to, std::uint64_t to_offset) final;
  Status gather(std::span<const Piece> pieces, Region& to) final;
  Figure<CpuAccesses> cpu_accesses() final;

 protected:
  enum class Access { kRead, kWrite };

  /// `bytes` is the whole region; the provider keeps it mapped for the life of the object.
  explicit CpuRegion(std::span<std::byte> bytes) : bytes_(bytes) {}

 private:
  class Hash;

  /// Called around each operation above; for memory that a device and the CPU may see differently.
  virtual Status begin_access(Access) { return {}; }
  virtual Status end_access(Access) { return {}; }

  [[nodiscard]] RegionBounds bounds() const { return {provider(), bytes_.size()}; }
  [[nodiscard]] std::span<std::byte> at(Extent extent) const {
    return bytes_.subspan(extent.offset, extent.length);
  }
  template <typename Work>
  Status with_access(Access access, Work&& work);

  std::span<std::byte> bytes_;
};

}  // namespace nobounce::memory
