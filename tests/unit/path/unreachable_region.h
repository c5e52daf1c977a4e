// SPDX-License-Identifier: Apache-2.0
// UnreachableRegion: a region whose bytes only load and store reach, as of an accelerator.
#pragma once

#include <algorithm>

#include "unit/memory/plain_region.h"

namespace nobounce::path {

class UnreachableRegion final : public memory::Region {
 public:
  explicit UnreachableRegion(std::uint64_t size) : memory_(size) {}

  std::uint64_t largest_access = 0;
  Status access_answer;
  memory::CpuAccesses accesses;

  using Region::store;

  [[nodiscard]] std::string_view provider() const override { return "unreachable"; }
  [[nodiscard]] std::uint64_t size() const override { return memory_.size(); }
  [[nodiscard]] Result<int> dma_buf_fd() const override { return fail(out_of_reach()); }
  Result<std::span<std::byte>> cpu_view() override { return fail(out_of_reach()); }
  Result<std::span<std::byte>> pinnable_view() override { return fail(out_of_reach()); }
  Status load(std::uint64_t offset, std::span<const std::byte> from) override {
    largest_access = std::max<std::uint64_t>(largest_access, from.size());
    NB_TRY(memory_.load(offset, from));
    return access_answer;
  }
  Status store(std::span<const memory::Extent> from, std::span<std::byte> to) override {
    for (const memory::Extent& extent : from)
      largest_access = std::max(largest_access, extent.length);
    NB_TRY(memory_.store(from, to));
    return access_answer;
  }
  Status fill(memory::Extent extent, std::uint64_t seed, std::uint64_t position) override {
    return memory_.fill(extent, seed, position);
  }
  Result<std::optional<std::uint64_t>> find_mismatch(std::span<const memory::Extent> extents,
                                                     std::uint64_t seed,
                                                     std::uint64_t position) override {
    return memory_.find_mismatch(extents, seed, position);
  }
  Result<std::unique_ptr<memory::RegionHash>> start_hash() override { return memory_.start_hash(); }
  Status copy(memory::Extent from, Region& to, std::uint64_t to_offset) override {
    return memory_.copy(from, to, to_offset);
  }
  Status gather(std::span<const memory::Piece> pieces, Region& to) override {
    return memory_.gather(pieces, to);
  }
  Figure<memory::CpuAccesses> cpu_accesses() override { return accesses; }

 private:
  static Error out_of_reach() {
    return {.code = Code::kUnsupported,
            .operation = "map",
            .object = "a region",
            .cause = "the CPU can't reach it",
            .fix = {}};
  }

  memory::PlainRegion memory_;
};

}  // namespace nobounce::path
