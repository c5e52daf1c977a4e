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
  std::uint8_t ip_protocol = 0;    ///< What the last IP header says follows it, in fragments too.
  std::uint16_t l3_offset = 0;     ///< Bytes before the IP header; 0 without one.
  std::uint16_t l4_offset = 0;     ///< Bytes before the L4 header; 0 without one.
  std::uint16_t header_bytes = 0;  ///< All headers that were understood, Ethernet to L4.
};

/// Parses `bytes`, the start of a frame of `frame_bytes` in all. Never reads past `bytes`. A header
/// that is cut short or contradicts itself ends the parse there: what lies before it is reported.
///
/// Of AH and ESP (both L4::kOther) the bytes up to the sequence number count as understood. A
/// routing header that is not used up makes the rest L4::kOther too, since the checksum would be
/// over another destination. An IP length of 0 is taken for "to the end" in frames above 64 KiB,
/// whose length no IP header can hold.
HeaderLayout parse_headers(std::span<const std::byte> bytes, std::uint32_t frame_bytes);

/// L4 bytes of a frame, header included, as the IP or UDP header gives them: link-layer padding
/// does not count. `headers` are those that `layout` was parsed from; `layout.l4_offset` must not
/// be 0.
std::uint32_t l4_bytes(std::span<const std::byte> headers, const HeaderLayout& layout,
                       std::uint32_t frame_bytes);

inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolEsp = 50;
inline constexpr std::uint8_t kProtocolAh = 51;
inline constexpr std::uint8_t kProtocolSctp = 132;

inline constexpr std::uint32_t kIpv6HeaderBytes = 40;
/// What the length field of an IP header can say.
inline constexpr std::uint32_t kMaxIpLength = 65535;

}  // namespace nobounce::emulator::net
