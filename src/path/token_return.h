// SPDX-License-Identifier: Apache-2.0
// TokenReturn: gathers tokens and gives them back to the kernel in as few calls as it allows.
//
// SO_DEVMEM_DONTNEED (net/core/sock.c) takes 128 ranges and 1024 tokens a call, stops silently at
// that bound, passes over tokens it doesn't know, and returns how many it freed. A token that is
// lost takes a page of the pool with it for the life of the socket; so the count is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "path/receiver.h"
#include "sys/socket_calls.h"
#include "sys/uapi/devmem.h"

namespace nobounce::path {

class TokenReturn {
 public:
  /// Gathers at most `capacity` ranges, and gives back at most so many tokens a call; `socket` must
  /// outlive it.
  TokenReturn(sys::SocketCalls& socket, std::uint32_t capacity,
              std::uint32_t most_a_call = sys::uapi::kMaxDontneedFrags)
      : socket_(socket), most_a_call_(most_a_call) {
    ranges_.reserve(capacity);
  }

  /// Adds `count` consecutive tokens. No system call.
  void add(std::uint32_t first, std::uint32_t count);
  /// Gives back all that was added, sorted, so that what was taken in one order and came back in
  /// another still makes long ranges. Nothing is gathered any more afterwards, whatever comes of
  /// it. Errors: kProtocol if the kernel freed fewer than it was given, those of setsockopt.
  Status flush();

  [[nodiscard]] std::uint32_t gathered() const { return gathered_; }
  /// How many tokens the kernel said it freed.
  [[nodiscard]] std::uint64_t freed() const { return freed_; }
  [[nodiscard]] const TokenReturnCounts& counts() const { return counts_; }

 private:
  void sort_and_merge();
  Status give_back(std::span<sys::uapi::DmabufToken> ranges);

  sys::SocketCalls& socket_;
  std::size_t most_a_call_;
  std::vector<sys::uapi::DmabufToken> ranges_;
  bool is_sorted_ = true;
  std::uint32_t gathered_ = 0;
  std::uint64_t freed_ = 0;
  TokenReturnCounts counts_;
};

}  // namespace nobounce::path
