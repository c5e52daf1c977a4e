// SPDX-License-Identifier: Apache-2.0
// Reads the control messages that recvmsg(MSG_SOCK_DEVMEM) leaves. Pure.
//
// The kernel's word is checked like anybody's: each message's length before it is read, and each
// frag against the region, so that a wrong frag never becomes an access outside of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"

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

  /// The next message, or nothing at the end. Error: kProtocol for a length that can't be.
  Result<std::optional<DevmemCmsg>> next();

 private:
  std::span<const std::byte> rest_;
};

/// The control bytes that one devmem message takes.
inline constexpr std::size_t kDevmemCmsgBytes = 40;

}  // namespace nobounce::path
