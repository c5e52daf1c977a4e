// SPDX-License-Identifier: Apache-2.0
// What a ZcrxQueue is opened with, and the ring that it wants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "sys/io_uring.h"

namespace nobounce::path {

struct ZcrxOptions {
  /// The area is host memory (`Region::pinnable_view`) or, where `dma_buf_fd` is not -1, a dma-buf
  /// of `area_size` bytes. Offsets of frags are those of the area. It must outlive the queue.
  std::span<std::byte> area{};
  int dma_buf_fd = -1;
  std::uint64_t area_size = 0;  ///< Of the dma-buf: its exact size.

  std::string interface{};       ///< For messages; empty: no NIC, the kernel copies (NODEV).
  std::uint32_t if_index = 0;    ///< Of the interface; 0 without a NIC.
  std::uint32_t rx_queue = 0;    ///< Without a NIC: 0.
  std::uint32_t rx_buf_len = 0;  ///< Bytes of a niov, a power of two; 0: a page.

  std::uint32_t max_connections = 64;
  std::uint32_t completions = 0;  ///< Of the ring that `open` makes; 0: see ring_for_zcrx.
  int stop_fd = -1;               ///< Of the pump that `open` makes; see RingPump.
};

/// NICs put at most this many frags in a page, by the kernel's own estimate.
inline constexpr std::uint64_t kMaxFragsPerPage = 4;

/// The ring that a queue of these options wants. A completion names a frag, and frags are bounded
/// by the area, so with kMaxFragsPerPage completions for each of its pages no receive ends for want
/// of room (ENOSPC). Areas of more than 64 MiB meet kMaxRingCompletions: then a receive may end so
/// if we read none of 65536 completions, is counted, and goes on.
sys::IoUringOptions ring_for_zcrx(const ZcrxOptions& options);
/// How many completions may be out at a time: so many has that ring, unless it is given fewer.
std::uint32_t completions_for_zcrx(const ZcrxOptions& options);

}  // namespace nobounce::path
