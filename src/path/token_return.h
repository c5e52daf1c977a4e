// SPDX-License-Identifier: Apache-2.0
// TokenReturn: gives tokens back to the kernel in as few calls as it allows.
//
// SO_DEVMEM_DONTNEED (net/core/sock.c) takes 128 ranges and 1024 tokens a call, stops silently at
// that bound, passes over tokens it doesn't know, and returns how many it freed. A token that is
// lost takes a page of the pool with it for the life of the socket; so the count is checked.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "sys/socket_calls.h"
#include "sys/uapi/devmem.h"

namespace nobounce::path {

class TokenReturn {
 public:
  explicit TokenReturn(sys::SocketCalls& socket) : socket_(socket) {}

  /// Adds a token; runs of consecutive ones become one range. Calls the kernel when a bound of one
  /// call is reached. Errors: as `flush`.
  Status add(std::uint32_t token);
  /// Gives back all that was added. Errors: kProtocol if the kernel freed fewer than it was given,
  /// those of setsockopt.
  Status flush();

  /// How many tokens the kernel said it freed.
  [[nodiscard]] std::uint64_t freed() const { return freed_; }

 private:
  Status give_back(std::span<sys::uapi::DmabufToken> ranges);

  sys::SocketCalls& socket_;
  std::array<sys::uapi::DmabufToken, sys::uapi::kMaxDontneedRanges> ranges_;
  std::size_t range_count_ = 0;
  std::size_t token_count_ = 0;
  std::uint64_t freed_ = 0;
};

}  // namespace nobounce::path
