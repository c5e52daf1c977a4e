// SPDX-License-Identifier: Apache-2.0
// UnreachableRegion: a region whose bytes only load and store reach, as of an accelerator.
#pragma once

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "base/pattern.h"
#include "memory/region.h"

namespace nobounce::path {

class UnreachableRegion final : public memory::Region {
 public:
  explicit UnreachableRegion(std::uint64_t size) : bytes_(size) {}

  std::uint64_t largest_access = 0;
  Status access_answer;

  [[nodiscard]] std::string_view provider() const override { return "unreachable"; }
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] Result<int> dma_buf_fd() const override { return fail(out_of_reach()); }
  Result<std::span<std::byte>> cpu_view() override { return fail(out_of_reach()); }
  Result<std::span<std::byte>> pinnable_view() override { return fail(out_of_reach()); }
  Status load(std::uint64_t offset, std::span<const std::byte> from) override {
    NB_ASSIGN(const auto to, part({offset, from.size()}));
    largest_access = std::max<std::uint64_t>(largest_access, from.size());
    std::ranges::copy(from, to.begin());
    return access_answer;
  }
  Status store(memory::Extent from, std::span<std::byte> to) override {
    NB_ASSIGN(const auto bytes, part(from));
    largest_access = std::max<std::uint64_t>(largest_access, bytes.size());
    std::ranges::copy(bytes, to.begin());
    return access_answer;
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

 private:
  static Error out_of_reach() {
    return {.code = Code::kUnsupported,
            .operation = "map",
            .object = "a region",
            .cause = "the CPU can't reach it",
            .fix = {}};
  }
  Result<std::span<std::byte>> part(memory::Extent extent) {
    if (!range_fits(extent.offset, extent.length, bytes_.size())) {
      return fail({.code = Code::kInvalidArgument,
                   .operation = "reach",
                   .object = "a region",
                   .cause = "outside",
                   .fix = {}});
    }
    return std::span(bytes_).subspan(extent.offset, extent.length);
  }

  std::vector<std::byte> bytes_;
};

}  // namespace nobounce::path
