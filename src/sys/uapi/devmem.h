// SPDX-License-Identifier: Apache-2.0
// The socket interface of devmem TCP, which Debian 12's headers are too old to have. Layouts and
// numbers are those of Linux 7.3: include/uapi/linux/uio.h, include/uapi/asm-generic/socket.h,
// include/linux/socket.h; limits are those of net/core/sock.c.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nobounce::sys::uapi {

inline constexpr int kMsgSockDevmem = 0x2000000;  ///< recvmsg: frags as cmsgs, not as bytes.
inline constexpr int kScmDevmemLinear = 78;       ///< cmsg: bytes that were copied into the iovec.
inline constexpr int kScmDevmemDmabuf = 79;       ///< cmsg: a frag; sendmsg: the binding's id.
inline constexpr int kSoDevmemDontneed = 80;      ///< setsockopt: gives tokens back.

/// The kernel's ETOOSMALL, which leaks to user space when not one cmsg fits the control buffer.
inline constexpr int kErrnoTooSmall = 525;

inline constexpr std::size_t kMaxDontneedRanges = 128;  ///< Ranges in one SO_DEVMEM_DONTNEED.
inline constexpr std::size_t kMaxDontneedFrags = 1024;  ///< Tokens in all of its ranges.
inline constexpr std::uint32_t kMaxToken = 0x7fffffff;  ///< Tokens have 31 bits.

/// One frag, as recvmsg reports it.
struct DmabufCmsg {
  std::uint64_t frag_offset;
  std::uint32_t frag_size;
  std::uint32_t frag_token;
  std::uint32_t dmabuf_id;
  std::uint32_t flags;
};
static_assert(sizeof(DmabufCmsg) == 24 && offsetof(DmabufCmsg, dmabuf_id) == 16);

/// A run of consecutive tokens.
struct DmabufToken {
  std::uint32_t token_start;
  std::uint32_t token_count;
};
static_assert(sizeof(DmabufToken) == 8);

}  // namespace nobounce::sys::uapi
