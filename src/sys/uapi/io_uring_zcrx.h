// SPDX-License-Identifier: Apache-2.0
// io_uring zero-copy receive, which Debian 12's headers are too old to have; what a probe asks
// stands in io_uring_query.h. Layouts and numbers are those of Linux 7.3:
// include/uapi/linux/io_uring.h and io_uring/zcrx.h; they are uAPI and never change.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sys/uapi/io_uring_query.h"

namespace nobounce::sys::uapi {

inline constexpr unsigned kZcrxControlRegister = 36;    ///< By probe.
inline constexpr std::uint32_t kMemRegionTypeUser = 1;  ///< The region is memory of the caller's.
inline constexpr std::uint32_t kMaxRefillEntries = 32768;  ///< IO_RQ_MAX_ENTRIES of zcrx.c.

/// Memory that the kernel shares with us: the refill ring.
struct MemoryRegion {
  std::uint64_t user_addr;
  std::uint64_t size;
  std::uint32_t flags;
  std::uint32_t id;
  std::uint64_t mmap_offset;
  std::uint64_t reserved[4];
};
static_assert(sizeof(MemoryRegion) == 64 && offsetof(MemoryRegion, mmap_offset) == 24);

/// One entry of the refill ring: a reference that goes back.
struct ZcrxRefillEntry {
  std::uint64_t offset;
  std::uint32_t length;
  std::uint32_t reserved;
};
static_assert(sizeof(ZcrxRefillEntry) == 16);

/// Offsets hold the number of their area above this bit.
inline constexpr unsigned kZcrxAreaShift = 48;
inline constexpr std::uint64_t kZcrxOffsetMask = (std::uint64_t{1} << kZcrxAreaShift) - 1;

struct ZcrxOffsets {
  std::uint32_t head;
  std::uint32_t tail;
  std::uint32_t entries;
  std::uint32_t reserved;
  std::uint64_t reserved2[2];
};
static_assert(sizeof(ZcrxOffsets) == 32);

struct ZcrxArea {
  std::uint64_t addr;
  std::uint64_t length;
  std::uint64_t token;  ///< Written by the kernel: what offsets of this area have above the shift.
  std::uint32_t flags;
  std::uint32_t dma_buf_fd;
  std::uint64_t reserved[2];
};
static_assert(sizeof(ZcrxArea) == 48 && offsetof(ZcrxArea, flags) == 24);

/// Argument of kZcrxIfqRegister.
struct ZcrxQueueRegistration {
  std::uint32_t if_index;
  std::uint32_t rx_queue;
  std::uint32_t refill_entries;
  std::uint32_t flags;
  std::uint64_t area;    ///< ZcrxArea*
  std::uint64_t region;  ///< MemoryRegion*
  ZcrxOffsets offsets;
  std::uint32_t id;
  std::uint32_t rx_buf_len;  ///< Linux 7.0; written by the kernel since.
  std::uint64_t event_desc;  ///< ZcrxEvents*, Linux 7.2
  std::uint64_t reserved[2];
};
static_assert(sizeof(ZcrxQueueRegistration) == 96 && offsetof(ZcrxQueueRegistration, id) == 64);

inline constexpr std::uint32_t kZcrxEventAllocationFailed = 0;
inline constexpr std::uint32_t kZcrxEventCopied = 1;
inline constexpr std::uint32_t kZcrxEventsHaveStatistics = 1;

struct ZcrxStatistics {
  std::uint64_t copies;
  std::uint64_t copied_bytes;
};
static_assert(sizeof(ZcrxStatistics) == 16);

struct ZcrxEvents {
  std::uint64_t user_data;  ///< Of the completions that report events.
  std::uint32_t types;      ///< A mask of 1 << kZcrxEvent….
  std::uint32_t flags;
  std::uint64_t statistics_offset;  ///< Of a ZcrxStatistics, in the region of the refill ring.
  std::uint64_t reserved[9];
};
static_assert(sizeof(ZcrxEvents) == 96);

inline constexpr std::uint32_t kZcrxControlFlush = 0;
inline constexpr std::uint32_t kZcrxControlArmEvent = 2;

/// Argument of kZcrxControlRegister.
struct ZcrxControl {
  std::uint32_t id;
  std::uint32_t operation;
  std::uint64_t reserved[2];
  std::uint32_t argument;  ///< kZcrxControlArmEvent: the event.
  std::uint32_t reserved2[11];
};
static_assert(sizeof(ZcrxControl) == 72 && offsetof(ZcrxControl, argument) == 24);

inline constexpr std::uint32_t kFeatureEvents = 2;  ///< ZCRX_FEATURE_EVENT

}  // namespace nobounce::sys::uapi
