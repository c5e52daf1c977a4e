// SPDX-License-Identifier: Apache-2.0
// Where Ethernet, VLAN, IP and L4 headers lie in the first bytes of a frame.
// Sources: IEEE 802.3 and 802.1Q, RFC 791, RFC 8200, RFC 9293, RFC 768.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nobounce::emulator::net {

enum class L3 : std::uint8_t { kNone, kIpv4, kIpv6 };
enum class L4 : std::uint8_t { kNone, kTcp, kUdp, kIcmp, kSctp, kOther };

/// Most header bytes ever looked at; a gVNIC's TX header limit (255) fits.
inline constexpr std::size_t kMaxHeaderBytes = 256;

struct HeaderLayout {
  L3 l3 = L3::kNone;
  L4 l4 = L4::kNone;         ///< kNone also for every fragment of an IP packet.
  bool is_fragment = false;  ///< More fragments follow, or the offset is not zero.
  bool has_ipv6_extension = false;
  std::uint16_t l3_offset = 0;     ///< Bytes before the IP header; 0 without one.
  std::uint16_t l4_offset = 0;     ///< Bytes before the L4 header; 0 without one.
  std::uint16_t header_bytes = 0;  ///< All headers that were understood, Ethernet to L4.
};

/// Parses `bytes`, the start of a frame of `frame_bytes` in all. Never reads past `bytes`. A header
/// that is cut short or contradicts itself ends the parse there: what lies before it is reported.
HeaderLayout parse_headers(std::span<const std::byte> bytes, std::uint32_t frame_bytes);

}  // namespace nobounce::emulator::net
