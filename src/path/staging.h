// SPDX-License-Identifier: Apache-2.0
// The buffer by way of which path copy reaches a region that the CPU can't.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "memory/region.h"

namespace nobounce::path {

/// Stays in the cache of a core between its filling and its emptying.
inline constexpr std::uint64_t kStagingBytes = std::uint64_t{256} << 10;

inline std::unique_ptr<std::byte[]> make_staging() {
  return std::make_unique_for_overwrite<std::byte[]>(kStagingBytes);
}

/// The region as the CPU sees it; empty where it can't reach it. Errors: other ones of cpu_view.
inline Result<std::span<std::byte>> view_or_nothing(memory::Region& region) {
  auto view = region.cpu_view();
  if (view || view.error().code != Code::kUnsupported) return view;
  return std::span<std::byte>{};
}

}  // namespace nobounce::path
