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

#include "base/result.h"
#include "sys/uapi/devmem.h"

namespace nobounce::path {

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
      if (header.cmsg_len < sizeof header || header.cmsg_len > rest_.size()) {
        return refuse(header.cmsg_len);
      }
      const auto payload = rest_.subspan(sizeof header, header.cmsg_len - sizeof header);
      rest_ = rest_.subspan(std::min<std::size_t>(CMSG_ALIGN(header.cmsg_len), rest_.size()));

      message.is_linear = header.cmsg_type == sys::uapi::kScmDevmemLinear;
      if (header.cmsg_level != SOL_SOCKET ||
          !(message.is_linear || header.cmsg_type == sys::uapi::kScmDevmemDmabuf)) {
        continue;
      }
      sys::uapi::DmabufCmsg frag;
      if (payload.size() != sizeof frag) return refuse(header.cmsg_len);
      std::memcpy(&frag, payload.data(), sizeof frag);
      message.region_offset = frag.frag_offset;
      message.length = frag.frag_size;
      message.token = frag.frag_token;
      message.dma_buf_id = frag.dmabuf_id;
      return true;
    }
    return false;
  }

  /// Error: kProtocol for a length that can't be.
  [[nodiscard]] Status status() const;

 private:
  bool refuse(std::size_t length) {
    bad_length_ = length;
    is_bad_ = true;
    rest_ = {};
    return false;
  }

  std::span<const std::byte> rest_;
  std::size_t bad_length_ = 0;
  bool is_bad_ = false;
};

/// The control bytes that one devmem message takes.
inline constexpr std::size_t kDevmemCmsgBytes = CMSG_SPACE(sizeof(sys::uapi::DmabufCmsg));

}  // namespace nobounce::path
