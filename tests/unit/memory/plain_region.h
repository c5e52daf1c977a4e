// SPDX-License-Identifier: Apache-2.0
// PlainRegion: a region over a vector, for tests that need no provider.
#pragma once

#include <cstdint>
#include <memory>

#include "memory/cpu_region.h"

namespace nobounce::memory {

class PlainRegion final : public CpuRegion {
 public:
  explicit PlainRegion(std::uint64_t size)
      : PlainRegion(std::make_unique<std::byte[]>(size), size) {}

  [[nodiscard]] std::string_view provider() const override { return "double"; }
  [[nodiscard]] Result<int> dma_buf_fd() const override { return -1; }
  Result<std::span<std::byte>> pinnable_view() override { return cpu_view(); }

 private:
  PlainRegion(std::unique_ptr<std::byte[]> bytes, std::uint64_t size)
      : CpuRegion({bytes.get(), size}), bytes_(std::move(bytes)) {}

  std::unique_ptr<std::byte[]> bytes_;
};

}  // namespace nobounce::memory
