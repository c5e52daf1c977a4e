// SPDX-License-Identifier: Apache-2.0
// How large a region is, and how much of it a round may fill. Pure.
//
// On path devmem the region is the pool that the NIC takes its receive buffers from. What a round
// holds back is missing there; so a reserve stays out of every round: buffers posted in the ring,
// and payload that waits in the socket's queue. A round is bounded by niovs, not by bytes: at a
// small MSS a niov holds one short segment.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "path/path.h"

namespace nobounce::transfer {

inline constexpr std::uint64_t kPageBytes = 4096;
/// Left to ring and socket queue: 64 MiB a queue, as measured by the authors of devmem TCP. It
/// covers a ring of 8192 buffers and a receive queue of 32 MiB (tcp_rmem's maximum since 6.16).
inline constexpr std::uint64_t kPoolReserveBytes = std::uint64_t{64} << 20;
/// A region for a stream of unknown length.
inline constexpr std::uint64_t kDefaultRegionBytes = std::uint64_t{256} << 20;

struct RegionWish {
  path::Path path = path::Path::kCopy;
  std::optional<std::uint64_t> bytes;  ///< That will be moved, if known.
  std::uint64_t region_size = 0;       ///< What the user asked for, or 0.
};

struct ReceivePlan {
  std::uint64_t region_bytes = 0;
  std::uint32_t max_held_frags = 0;  ///< Path devmem: niovs that a round may hold.
};

/// Error: kInvalidArgument for a region above 1 GiB, or too small to receive into.
Result<ReceivePlan> plan_receive(const RegionWish& wish);
/// Bytes of a sender's region: all that is sent, if it fits. Error: kInvalidArgument above 1 GiB.
Result<std::uint64_t> plan_send(const RegionWish& wish);

}  // namespace nobounce::transfer
