// SPDX-License-Identifier: Apache-2.0
// AcceleratorRegion: memory of an accelerator as a region. Every operation is the device's; the CPU
// moves bytes only between a host buffer and the caller's memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "memory/accelerator_device.h"
#include "memory/extent_check.h"
#include "memory/region.h"
#include "sys/fd.h"
#include "sys/virtgpu_calls.h"

namespace nobounce::memory {

class AcceleratorRegion final : public Region {
 public:
  using Region::store;

  /// `bytes` are whole pages. Errors: kExhausted where the device's window has no room, those of
  /// the device.
  static Result<std::unique_ptr<AcceleratorRegion>> create(
      std::unique_ptr<AcceleratorDevice> device, std::uint64_t bytes);
  AcceleratorRegion(const AcceleratorRegion&) = delete;
  AcceleratorRegion& operator=(const AcceleratorRegion&) = delete;
  ~AcceleratorRegion() override;

  [[nodiscard]] std::string_view provider() const override { return device_->name(); }
  [[nodiscard]] std::uint64_t size() const override { return blob_.size; }
  [[nodiscard]] Result<int> dma_buf_fd() const override { return dma_buf_.get(); }
  Result<std::span<std::byte>> cpu_view() override;
  Result<std::span<std::byte>> pinnable_view() override;

  Status load(std::uint64_t offset, std::span<const std::byte> from) override;
  Status store(std::span<const Extent> from, std::span<std::byte> to) override;
  Status fill(Extent extent, std::uint64_t seed, std::uint64_t position) override;
  Result<std::optional<std::uint64_t>> find_mismatch(std::span<const Extent> extents,
                                                     std::uint64_t seed,
                                                     std::uint64_t position) override;
  Result<std::unique_ptr<RegionHash>> start_hash() override;
  Status copy(Extent from, Region& to, std::uint64_t to_offset) override;
  Status gather(std::span<const Piece> pieces, Region& to) override;
  Figure<CpuAccesses> cpu_accesses() override { return device_->cpu_accesses(); }

 private:
  class Hash;
  class Destination;

  AcceleratorRegion(std::unique_ptr<AcceleratorDevice> device, sys::VirtgpuBlob blob)
      : device_(std::move(device)), blob_(blob) {}

  [[nodiscard]] RegionBounds bounds() const { return {provider(), size()}; }
  [[nodiscard]] ResourceId resource() const { return {blob_.resource}; }

  std::unique_ptr<AcceleratorDevice> device_;
  sys::VirtgpuBlob blob_;
  sys::Fd dma_buf_;
};

}  // namespace nobounce::memory
