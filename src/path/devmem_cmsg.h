// SPDX-License-Identifier: Apache-2.0
// Reads the control messages that recvmsg(MSG_SOCK_DEVMEM) leaves. Pure.
//
// The kernel's word is checked like anybody's: each message's length before it is read. It is in a
// header because it runs once a frag, and little else does.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "sys/uapi/devmem.h"

namespace nobounce::path {

/// The control bytes that one devmem message takes.
inline constexpr std::size_t kDevmemCmsgBytes = CMSG_SPACE(sizeof(sys::uapi::DmabufCmsg));
static_assert(kDevmemCmsgBytes == CMSG_LEN(sizeof(sys::uapi::DmabufCmsg)), "no padding");

/// One control message of devmem TCP.
struct DevmemCmsg {
  bool is_linear = false;  ///< The bytes are in the iovec; only `length` counts.
  std::uint64_t region_offset = 0;
  std::uint32_t length = 0;
  std::uint32_t token = 0;
  std::uint32_t dma_buf_id = 0;
};

/// Walks over a control buffer as the kernel filled it; messages of other kinds are passed over.
class DevmemCmsgReader {
 public:
  explicit DevmemCmsgReader(std::span<const std::byte> control) : rest_(control) {}

  /// True with the next message; false at the end, or before a message whose length can't be:
  /// `status` tells which.
  bool next(DevmemCmsg& message) {
    while (rest_.size() >= sizeof(cmsghdr)) {
      cmsghdr header;
      std::memcpy(&header, rest_.data(), sizeof header);
      const bool is_linear = header.cmsg_type == sys::uapi::kScmDevmemLinear;
      const bool is_devmem = header.cmsg_level == SOL_SOCKET &&
                             (is_linear || header.cmsg_type == sys::uapi::kScmDevmemDmabuf);
      // Where the next one lies must not hang on this one's length being loaded: it does not where
      // the length is the only one that it can be.
      if (is_devmem && header.cmsg_len == kDevmemCmsgBytes && rest_.size() >= kDevmemCmsgBytes) {
        message = read(rest_.data() + sizeof header, is_linear);
        rest_ = rest_.subspan(kDevmemCmsgBytes);
        return true;
      }
      if (is_devmem || header.cmsg_len < sizeof header || header.cmsg_len > rest_.size()) {
        bad_length_ = header.cmsg_len;
        is_bad_ = true;
        rest_ = {};
        return false;
      }
      rest_ = rest_.subspan(std::min<std::size_t>(CMSG_ALIGN(header.cmsg_len), rest_.size()));
    }
    return false;
  }

  /// Bytes behind the message; it took kDevmemCmsgBytes itself.
  [[nodiscard]] std::size_t left() const { return rest_.size(); }
  /// Error: kProtocol for a length that can't be.
  [[nodiscard]] Status status() const { return is_bad_ ? bad_length(bad_length_) : Status{}; }

 private:
  // Not told of `this`: a reader whose address nobody knows stays in registers.
  static Status bad_length(std::size_t length);
  // Field by field: a copy of the whole would go by way of memory, and wait for it.
  static DevmemCmsg read(const std::byte* from, bool is_linear) {
    using sys::uapi::DmabufCmsg;
    return {.is_linear = is_linear,
            .region_offset = load_le<std::uint64_t>(from + offsetof(DmabufCmsg, frag_offset)),
            .length = load_le<std::uint32_t>(from + offsetof(DmabufCmsg, frag_size)),
            .token = load_le<std::uint32_t>(from + offsetof(DmabufCmsg, frag_token)),
            .dma_buf_id = load_le<std::uint32_t>(from + offsetof(DmabufCmsg, dmabuf_id))};
  }

  std::span<const std::byte> rest_;
  std::size_t bad_length_ = 0;
  bool is_bad_ = false;
};

}  // namespace nobounce::path
