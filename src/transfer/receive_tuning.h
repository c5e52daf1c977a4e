// SPDX-License-Identifier: Apache-2.0
// What can be set of a receive path to see what it is worth; each path knows better by itself.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "path/path.h"

namespace nobounce::transfer {

/// 0: as the path does it by itself.
struct ReceiveTuning {
  std::uint64_t receive_bytes = 0;  ///< Asked for by one receive; not of path zcrx, which has none.
  std::uint32_t token_batch = 0;    ///< Path devmem: tokens of one call that gives them back.
  std::uint32_t cq_entries = 0;     ///< Path zcrx: completions of the ring.
};

inline constexpr std::uint64_t kLeastReceiveBytes = 4096;
inline constexpr std::uint64_t kMostReceiveBytes = std::uint64_t{64} << 20;
inline constexpr std::uint32_t kLeastCqEntries = 64;
inline constexpr std::uint32_t kMostTokenBatch = 1024;

/// Errors: kInvalidArgument for a value out of range, or of another path than `path`; empty: none
/// is named, so that nothing of one path can be set.
Status check_tuning(const ReceiveTuning& tuning, std::optional<path::Path> path);

}  // namespace nobounce::transfer
