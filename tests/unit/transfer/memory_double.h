// SPDX-License-Identifier: Apache-2.0
// MemoryDouble: a region of plain host memory, so that transfers run where there is no provider.
#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/pattern.h"
#include "memory/region.h"

namespace nobounce::transfer {

class MemoryDouble final : public memory::Region {
 public:
  explicit MemoryDouble(std::uint64_t size) : bytes_((size + 4095) / 4096 * 4096) {}

  [[nodiscard]] std::string_view provider() const override { return "double"; }
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] Result<int> dma_buf_fd() const override { return -1; }
  Result<std::span<std::byte>> cpu_view() override { return std::span(bytes_); }
  Result<std::span<std::byte>> pinnable_view() override { return std::span(bytes_); }
  Status load(std::uint64_t offset, std::span<const std::byte> from) override {
    NB_ASSIGN(const auto to, part({offset, from.size()}));
    std::copy(from.begin(), from.end(), to.begin());
    return {};
  }
  Status store(memory::Extent from, std::span<std::byte> to) override {
    NB_ASSIGN(const auto bytes, part(from));
    std::copy(bytes.begin(), bytes.end(), to.begin());
    return {};
  }
  Status fill(memory::Extent extent, std::uint64_t seed, std::uint64_t position) override {
    NB_ASSIGN(const auto bytes, part(extent));
    fill_pattern(bytes, seed, position);
    return {};
  }
  Result<bool> matches(memory::Extent extent, std::uint64_t seed, std::uint64_t position) override {
    NB_ASSIGN(const auto bytes, part(extent));
    return !find_pattern_mismatch(bytes, seed, position).has_value();
  }
  Status hash(memory::Extent extent, Sha256& into) override {
    NB_ASSIGN(const auto bytes, part(extent));
    into.update(bytes);
    return {};
  }

  static Result<std::unique_ptr<memory::Region>> open(std::string_view,
                                                      const memory::RegionOptions& options) {
    return std::make_unique<MemoryDouble>(options.size);
  }

 private:
  Result<std::span<std::byte>> part(memory::Extent extent) {
    if (!range_fits(extent.offset, extent.length, bytes_.size())) {
      return fail({.code = Code::kInvalidArgument,
                   .operation = "reach",
                   .object = "a double",
                   .cause = "outside",
                   .fix = {}});
    }
    return std::span(bytes_).subspan(extent.offset, extent.length);
  }

  std::vector<std::byte> bytes_;
};

}  // namespace nobounce::transfer
