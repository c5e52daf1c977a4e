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

}  // namespace nobounce::fuzz
