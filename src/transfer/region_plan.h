// SPDX-License-Identifier: Apache-2.0
// How large a region is, and how much of it a consumer may hold. Pure.
//
// On paths devmem and zcrx the region is the pool that the NIC takes its receive buffers from. What
// a consumer holds back is missing there; so a reserve stays out of its reach: buffers posted in
// the ring, and payload that waits in the socket's queue. What may be held is counted in niovs, not
// in bytes: at a small MSS a niov holds one short segment.
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
  std::optional<path::Path> path;      ///< Empty where it will be chosen.
  std::optional<std::uint64_t> bytes;  ///< That will be moved, if known.
  std::uint64_t region_size = 0;       ///< What the user asked for, or 0.
};

/// Bytes of a receiver's region: with the reserve where a NIC may take its buffers from it. Error:
/// kInvalidArgument above 1 GiB.
Result<std::uint64_t> plan_receive(const RegionWish& wish);
/// Bytes of a sender's region: all that is sent, if it fits. Error: kInvalidArgument above 1 GiB.
Result<std::uint64_t> plan_send(const RegionWish& wish);

/// Niovs of a pool of so many bytes that a consumer may hold at a time; `niov_bytes` 0 means a
/// page. Error: kInvalidArgument for a pool too small to receive into, or a niov size that is no
/// power of two from the page on.
Result<std::uint32_t> frags_to_hold(std::uint64_t pool_bytes, std::uint32_t niov_bytes = 0);

/// The receive window of a connection whose segments take a niov each of the pool, so that what is
/// out of order can never use up all niovs: then the one segment that is missing would find none,
/// and nothing would move again. 0, for no bound, where the pool has its whole reserve.
std::uint32_t window_for_pool(std::uint64_t pool_bytes, std::uint32_t niov_bytes);

}  // namespace nobounce::transfer
