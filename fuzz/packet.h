// SPDX-License-Identifier: Apache-2.0
// Packets for a fuzzed sender: right enough to be looked into, wrong where the input says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/choices.h"

namespace nobounce::fuzz {

struct PacketShape {
  std::uint32_t header_bytes = 0;
  std::uint32_t bytes = 0;  ///< Headers and payload.
};

/// Writes a packet of up to `to.size()` bytes (256 at least): Ethernet, VLAN tags, IPv4 or IPv6,
/// TCP or UDP. Its payload is what lies there.
PacketShape write_packet(Choices& choices, std::span<std::byte> to);

/// One of a TCP stream's segments, as a sender cuts them.
struct StreamSegment {
  bool is_ipv4 = true;
  std::uint16_t ip_id = 0;
  std::uint16_t port = 2000;
  std::uint32_t sequence = 0;
  std::uint8_t flags = 0x10;
  std::uint32_t payload_bytes = 0;
};
PacketShape write_segment(const StreamSegment& segment, std::span<std::byte> to);

}  // namespace nobounce::fuzz
