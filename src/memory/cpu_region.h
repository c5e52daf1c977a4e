// SPDX-License-Identifier: Apache-2.0
// CpuRegion: what all regions share whose bytes the CPU can reach through a mapping. A provider
// brings the mapping and the dma-buf, and what must happen around a CPU access.
#pragma once

#include "memory/region.h"

namespace nobounce::memory {

class CpuRegion : public Region {
 public:
  [[nodiscard]] std::uint64_t size() const final { return bytes_.size(); }
  /// Never fails. Whoever uses the view gets no begin_access and end_access around it; on x86-64,
  /// where DMA is coherent, nothing is lost by that.
  Result<std::span<std::byte>> cpu_view() final { return bytes_; }

  Status load(std::uint64_t offset, std::span<const std::byte> from) final;
  Status store(Extent from, std::span<std::byte> to) final;
  Status fill(Extent extent, std::uint64_t seed, std::uint64_t position) final;
  Result<bool> matches(Extent extent, std::uint64_t seed, std::uint64_t position) final;
  Status hash(Extent extent, Sha256& into) final;

 protected:
  enum class Access { kRead, kWrite };

  /// `bytes` is the whole region; the provider keeps it mapped for the life of the object.
  explicit CpuRegion(std::span<std::byte> bytes) : bytes_(bytes) {}

 private:
  /// Called around each operation above; for memory that a device and the CPU may see differently.
  virtual Status begin_access(Access) { return {}; }
  virtual Status end_access(Access) { return {}; }

  /// The bytes of `extent`, or kInvalidArgument where it leaves the region.
  [[nodiscard]] Result<std::span<std::byte>> bytes_of(Extent extent,
                                                      std::string_view operation) const;
  template <typename Work>
  Status with_access(Access access, Work&& work);

  std::span<std::byte> bytes_;
};

}  // namespace nobounce::memory
