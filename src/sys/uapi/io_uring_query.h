// SPDX-License-Identifier: Apache-2.0
// What io_uring tells about itself (IORING_REGISTER_QUERY), and the numbers that a probe asks for,
// which Debian 12's headers are too old to have. Layouts and numbers are those of Linux 7.3:
// include/uapi/linux/io_uring/query.h and zcrx.h, include/uapi/linux/io_uring.h.
#pragma once

#include <linux/io_uring.h>

#include <cstddef>
#include <cstdint>

namespace nobounce::sys::uapi {

inline constexpr unsigned kQueryRegister = 35;  ///< io_uring_register's opcode; needs no ring.
inline constexpr unsigned kZcrxIfqRegister = 32;
inline constexpr std::uint8_t kOpRecvZc = 58;
static_assert(kOpRecvZc == IORING_OP_SENDMSG_ZC + 10, "opcodes are numbered without a gap");

/// One question in a chain of them; `result` is 0 or -errno.
struct IoUringQuery {
  std::uint64_t next_entry;
  std::uint64_t query_data;
  std::uint32_t query_op;
  std::uint32_t size;  ///< Of the answer: as we know it, then as the kernel does.
  std::int32_t result;
  std::uint32_t reserved[3];
};
static_assert(sizeof(IoUringQuery) == 40 && offsetof(IoUringQuery, result) == 24);

inline constexpr std::uint32_t kQueryZcrx = 1;
inline constexpr std::uint32_t kQueryZcrxEvent = 3;

struct ZcrxAnswer {
  std::uint64_t register_flags;  ///< The ZCRX_REG_… flags that are known.
  std::uint64_t area_flags;      ///< The IORING_ZCRX_AREA_… flags that are known.
  std::uint32_t control_ops;     ///< ZCRX_CTRL_… operations are below it.
  std::uint32_t features;        ///< ZCRX_FEATURE_…
  std::uint32_t refill_header_size;
  std::uint32_t refill_header_alignment;
  std::uint64_t reserved;
};
static_assert(sizeof(ZcrxAnswer) == 40);

struct ZcrxEventAnswer {
  std::uint32_t event_flags;
  std::uint32_t statistics_size;
  std::uint32_t statistics_alignment;
  std::uint32_t reserved1;
  std::uint64_t reserved2[4];
};
static_assert(sizeof(ZcrxEventAnswer) == 48);

inline constexpr std::uint64_t kRegisterWithoutNic = 2;  ///< ZCRX_REG_NODEV
inline constexpr std::uint64_t kAreaOfDmaBuf = 1;        ///< IORING_ZCRX_AREA_DMABUF
inline constexpr std::uint32_t kFeatureRxPageSize = 1;   ///< ZCRX_FEATURE_RX_PAGE_SIZE

/// A refill queue's registration, as far as a probe fills it: with no area it can't succeed.
struct ZcrxRegistration {
  std::uint32_t interface;
  std::uint32_t queue;
  std::uint32_t refill_entries;
  std::uint32_t flags;
  std::uint64_t area;
  std::uint64_t region;
  std::uint64_t rest[8];
};
static_assert(sizeof(ZcrxRegistration) == 96);

}  // namespace nobounce::sys::uapi
