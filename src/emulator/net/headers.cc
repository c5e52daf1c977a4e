// SPDX-License-Identifier: Apache-2.0
#include "emulator/net/headers.h"

#include <algorithm>

#include "base/bytes.h"

namespace nobounce::emulator::net {
namespace {

constexpr std::size_t kEthernetBytes = 14;
constexpr std::size_t kVlanBytes = 4;
constexpr int kMaxVlanTags = 2;
constexpr std::size_t kMinIpv4Bytes = 20;
/// Extension headers that are followed before the chain counts as an attack.
constexpr int kMaxIpv6Extensions = 8;

constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr std::uint16_t kEtherTypeVlan = 0x8100;
constexpr std::uint16_t kEtherTypeServiceVlan = 0x88a8;

constexpr std::uint8_t kProtocolHopByHop = 0;
constexpr std::uint8_t kProtocolIcmp = 1;
constexpr std::uint8_t kProtocolRouting = 43;
constexpr std::uint8_t kProtocolFragment = 44;
constexpr std::uint8_t kProtocolIcmpV6 = 58;
constexpr std::uint8_t kProtocolNone = 59;
constexpr std::uint8_t kProtocolDestinationOptions = 60;

/// One walk over the headers of a frame; each step looks at what the step before it found.
class Parser {
 public:
  Parser(std::span<const std::byte> bytes, std::uint32_t frame_bytes)
      : bytes_(bytes.first(std::min({bytes.size(), kMaxHeaderBytes, std::size_t{frame_bytes}}))),
        frame_bytes_(frame_bytes) {}

  HeaderLayout parse() {
    if (!has(0, kEthernetBytes)) return layout_;
    std::uint16_t ether_type = u16(12);
    std::size_t offset = kEthernetBytes;
    understood(offset);
    for (int tag = 0; tag < kMaxVlanTags; ++tag) {
      if (ether_type != kEtherTypeVlan && ether_type != kEtherTypeServiceVlan) break;
      if (!has(offset, kVlanBytes)) return layout_;
      ether_type = u16(offset + 2);
      offset += kVlanBytes;
      understood(offset);
    }
    if (ether_type == kEtherTypeIpv4) parse_ipv4(offset);
    if (ether_type == kEtherTypeIpv6) parse_ipv6(offset);
    return layout_;
  }

 private:
  [[nodiscard]] bool has(std::size_t offset, std::size_t length) const {
    return range_fits(offset, length, bytes_.size());
  }
  [[nodiscard]] std::uint8_t u8(std::size_t offset) const {
    return static_cast<std::uint8_t>(bytes_[offset]);
  }
  [[nodiscard]] std::uint16_t u16(std::size_t offset) const {
    return load_be<std::uint16_t>(&bytes_[offset]);
  }
  void understood(std::size_t end) { layout_.header_bytes = static_cast<std::uint16_t>(end); }

  /// The IP length field as a length, or 0 where it contradicts the frame.
  [[nodiscard]] std::uint32_t ip_bytes(std::size_t offset, std::uint32_t length) const {
    const auto room = frame_bytes_ - static_cast<std::uint32_t>(offset);
    if (length == 0) return room > kMaxIpLength ? room : 0;
    return length <= room ? length : 0;
  }

  void parse_ipv4(std::size_t offset) {
    if (!has(offset, kMinIpv4Bytes) || u8(offset) >> 4 != 4) return;
    const std::size_t header = std::size_t{4} * (u8(offset) & 0xfu);
    const std::uint32_t total = ip_bytes(offset, u16(offset + 2));
    if (header < kMinIpv4Bytes || !has(offset, header) || total < header) return;

    found_ip(L3::kIpv4, offset, u8(offset + 9));
    understood(offset + header);
    // More fragments, or an offset; "don't fragment" and the reserved bit don't matter.
    layout_.is_fragment = (u16(offset + 6) & 0x3fff) != 0;
    if (!layout_.is_fragment) parse_l4(offset + header, offset + total);
  }

  void parse_ipv6(std::size_t offset) {
    if (!has(offset, kIpv6HeaderBytes) || u8(offset) >> 4 != 6) return;
    const std::size_t payload = offset + kIpv6HeaderBytes;
    const std::uint16_t length = u16(offset + 4);
    const std::uint32_t payload_bytes = ip_bytes(payload, length);
    if (payload_bytes == 0 && length != 0) return;

    found_ip(L3::kIpv6, offset, u8(offset + 6));
    understood(payload);
    follow_extensions(payload, payload + payload_bytes);
  }

  /// Walks to the L4 header; `end` is where the IP packet ends.
  void follow_extensions(std::size_t offset, std::size_t end) {
    for (int extensions = 0; extensions <= kMaxIpv6Extensions; ++extensions) {
      const std::uint8_t kind = layout_.ip_protocol;
      if (kind != kProtocolHopByHop && kind != kProtocolRouting && kind != kProtocolFragment &&
          kind != kProtocolDestinationOptions) {
        if (kind != kProtocolNone) parse_l4(offset, end);
        return;
      }
      if (extensions == kMaxIpv6Extensions || !has(offset, 8)) return;
      const std::size_t length =
          kind == kProtocolFragment ? 8 : std::size_t{8} * (std::size_t{u8(offset + 1)} + 1);
      if (!has(offset, length) || offset + length > end) return;

      layout_.has_ipv6_extension = true;
      layout_.ip_protocol = u8(offset);
      understood(offset + length);
      if (kind == kProtocolFragment && (u16(offset + 2) & 0xfff9) != 0) {
        layout_.is_fragment = true;
        return;
      }
      if (kind == kProtocolRouting && u8(offset + 3) != 0) {
        found_l4(L4::kOther, offset + length, 0);
        return;
      }
      offset += length;
    }
  }

  void parse_l4(std::size_t offset, std::size_t end) {
    const auto whole = [&](std::size_t length) {
      return has(offset, length) && range_fits(offset, length, end);
    };
    switch (layout_.ip_protocol) {
      case kProtocolTcp: {
        if (!whole(20)) return;
        const std::size_t length = std::size_t{4} * (u8(offset + 12) >> 4u);
        if (length >= 20 && whole(length)) found_l4(L4::kTcp, offset, length);
        return;
      }
      case kProtocolUdp: {
        if (!whole(8)) return;
        const std::size_t length = u16(offset + 4);
        const bool is_plausible = length == 0 ? end - offset > kMaxIpLength : length >= 8;
        if (is_plausible && length <= end - offset) found_l4(L4::kUdp, offset, 8);
        return;
      }
      case kProtocolIcmp:
      case kProtocolIcmpV6:
        // The other version's ICMP is just another protocol.
        if ((layout_.ip_protocol == kProtocolIcmp) != (layout_.l3 == L3::kIpv4)) break;
        if (whole(8)) found_l4(L4::kIcmp, offset, 8);
        return;
      case kProtocolSctp:
        if (whole(12)) found_l4(L4::kSctp, offset, 12);
        return;
      case kProtocolEsp:
        if (whole(8)) found_l4(L4::kOther, offset, 8);
        return;
      case kProtocolAh:
        if (whole(12)) found_l4(L4::kOther, offset, 12);
        return;
      default:
        break;
    }
    found_l4(L4::kOther, offset, 0);
  }

  void found_ip(L3 l3, std::size_t offset, std::uint8_t protocol) {
    layout_.l3 = l3;
    layout_.l3_offset = static_cast<std::uint16_t>(offset);
    layout_.ip_protocol = protocol;
  }

  void found_l4(L4 l4, std::size_t offset, std::size_t length) {
    layout_.l4 = l4;
    layout_.l4_offset = static_cast<std::uint16_t>(offset);
    understood(offset + length);
  }

  std::span<const std::byte> bytes_;
  std::uint32_t frame_bytes_;
  HeaderLayout layout_;
};

}  // namespace

HeaderLayout parse_headers(std::span<const std::byte> bytes, std::uint32_t frame_bytes) {
  return Parser(bytes, frame_bytes).parse();
}

std::uint32_t l4_bytes(std::span<const std::byte> headers, const HeaderLayout& layout,
                       std::uint32_t frame_bytes) {
  if (layout.l4 == L4::kUdp) {
    const auto udp_length = load_be<std::uint16_t>(&headers[layout.l4_offset + 4u]);
    if (udp_length != 0) return udp_length;
  }
  const bool is_ipv4 = layout.l3 == L3::kIpv4;
  const std::byte* const ip = &headers[layout.l3_offset];
  const std::uint32_t length = load_be<std::uint16_t>(ip + (is_ipv4 ? 2 : 4));
  if (length == 0) return frame_bytes - layout.l4_offset;
  const std::uint32_t end = layout.l3_offset + length + (is_ipv4 ? 0 : kIpv6HeaderBytes);
  return end - layout.l4_offset;
}

}  // namespace nobounce::emulator::net
