// SPDX-License-Identifier: Apache-2.0
// Replies: what the kernel answered to one request, gathered datagram by datagram.
//
// Pure: it sees bytes, never a socket, so tests feed it whatever a kernel might say. Follows
// Documentation/userspace-api/netlink/intro.rst: acknowledgements, dumps, extended acks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::netlink {

/// One message of an answer, without its netlink header. Owns its bytes, which are aligned for
/// attributes.
struct Message {
  std::uint16_t type = 0;
  std::vector<std::byte> payload;
};

class Replies {
 public:
  /// An answer larger than this is refused (kExhausted).
  static constexpr std::size_t kMaxBytes = 4U << 20;

  /// Expects answers to request `sequence` of port `port_id`; `is_dump` as the request was.
  Replies(std::uint32_t sequence, std::uint32_t port_id, bool is_dump)
      : sequence_(sequence), port_id_(port_id), is_dump_(is_dump) {}

  /// Takes one datagram; true once the answer is complete. Errors: the kernel's own (its extended
  /// ack as `cause`; operation and object are the caller's to add), kProtocol for a malformed
  /// message or one that answers something else, kExhausted above kMaxBytes.
  Result<bool> take(std::span<const std::byte> datagram);

  /// The kernel says that the dump was changed under its hands: ask again.
  [[nodiscard]] bool interrupted() const { return interrupted_; }
  [[nodiscard]] std::vector<Message> messages() && { return std::move(messages_); }

 private:
  Result<bool> take_message(std::uint16_t type, std::uint16_t flags,
                            std::span<const std::byte> payload);

  std::uint32_t sequence_;
  std::uint32_t port_id_;
  bool is_dump_;
  bool interrupted_ = false;
  std::size_t bytes_ = 0;
  std::vector<Message> messages_;
};

}  // namespace nobounce::netlink
