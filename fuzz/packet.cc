// SPDX-License-Identifier: Apache-2.0
#include "fuzz/packet.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace nobounce::fuzz {
namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::array<std::uint8_t, 4> kOtherProtocols = {132, 51, 50, 58};  // SCTP, AH, ESP, ICMPv6

/// Appends header fields in network order.
class Writer {
 public:
  explicit Writer(std::span<std::byte> to) : to_(to) {}

  void u8(std::uint8_t value) { to_[at_++] = std::byte{value}; }
  void u16(std::uint16_t value) {
    store_be(&to_[at_], value);
    at_ += 2;
  }
  void u32(std::uint32_t value) {
    store_be(&to_[at_], value);
    at_ += 4;
  }
  void fill(std::size_t count, std::uint8_t value) {
    for (; count != 0; --count)
      u8(value);
  }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(at_); }

 private:
  std::span<std::byte> to_;
  std::size_t at_ = 0;
};

void write_ipv4(Writer& out, std::uint16_t id, bool is_fragment, std::uint8_t protocol,
                std::uint16_t l4_bytes) {
  out.u16(0x0800);
  out.u8(0x45);
  out.u8(0);
  out.u16(static_cast<std::uint16_t>(20 + l4_bytes));
  out.u16(id);
  out.u16(is_fragment ? 0x2000 : 0x4000);
  out.u8(64);
  out.u8(protocol);
  out.u16(0);  // the checksum: wrong, unless the NIC is asked for it
  out.u32(0x0a000001);
  out.u32(0x0a000002);
}

/// The Ethernet type and the header that it announces.
void write_ip(Writer& out, Choices& choices, std::uint8_t protocol, std::uint16_t l4_bytes) {
  if (choices.below(2) == 0) {
    const std::uint16_t id = choices.number<std::uint8_t>();
    write_ipv4(out, id, choices.once_in(8), protocol, l4_bytes);
    return;
  }
  const bool has_extension = choices.once_in(4);
  out.u16(0x86dd);
  out.u32(0x60000000);
  out.u16(static_cast<std::uint16_t>(l4_bytes + (has_extension ? 8 : 0)));
  out.u8(has_extension ? 0 : protocol);
  out.u8(64);
  out.fill(32, 0xfd);
  if (has_extension) {
    out.u8(protocol);
    out.u8(choices.once_in(4) ? choices.number<std::uint8_t>() : 0);
    out.fill(6, 0);
  }
}

}  // namespace

PacketShape write_segment(const StreamSegment& segment, std::span<std::byte> to) {
  Writer out(to);
  out.fill(12, 0x02);
  const auto l4_bytes = static_cast<std::uint16_t>(20 + segment.payload_bytes);
  if (segment.is_ipv4) {
    write_ipv4(out, segment.ip_id, false, kTcp, l4_bytes);
  } else {
    out.u16(0x86dd);
    out.u32(0x60000000);
    out.u16(l4_bytes);
    out.u8(kTcp);
    out.u8(64);
    out.fill(32, 0xfd);
  }
  out.u16(1000);
  out.u16(segment.port);
  out.u32(segment.sequence);
  out.u32(1);
  out.u8(0x50);
  out.u8(segment.flags);
  out.u16(0xffff);
  out.u32(0);
  return {.header_bytes = out.size(), .bytes = out.size() + segment.payload_bytes};
}

PacketShape write_packet(Choices& choices, std::span<std::byte> to) {
  Writer out(to);
  const auto room = static_cast<std::uint32_t>(to.size() - 128);
  const std::uint32_t payload =
      choices.once_in(3) ? choices.below(room) : choices.number<std::uint8_t>() % room;
  out.fill(12, choices.once_in(8) ? 0xff : 0x02);
  for (std::uint32_t tags = choices.once_in(4) ? choices.below(3) : 0; tags != 0; --tags) {
    out.u16(0x8100);
    out.u16(choices.number<std::uint8_t>());
  }
  const bool is_tcp = choices.below(4) != 0;
  const std::uint32_t l4_bytes = (is_tcp ? 20 : 8) + payload;
  const std::uint8_t protocol = is_tcp ? kTcp : kUdp;
  write_ip(out, choices,
           choices.once_in(16) ? kOtherProtocols[choices.below(kOtherProtocols.size())] : protocol,
           static_cast<std::uint16_t>(l4_bytes));
  out.u16(1000);
  out.u16(static_cast<std::uint16_t>(2000 + choices.below(4)));
  if (is_tcp) {
    out.u32(choices.below(4) * payload);
    out.u32(1);
    out.u8(choices.once_in(8) ? choices.number<std::uint8_t>() : 0x50);
    out.u8(choices.once_in(4) ? choices.number<std::uint8_t>() : 0x10);
    out.u16(0xffff);
    out.u32(0);
  } else {
    out.u16(static_cast<std::uint16_t>(l4_bytes));
    out.u16(0);
  }
  const PacketShape shape{.header_bytes = out.size(), .bytes = out.size() + payload};
  if (choices.once_in(6)) {
    to[choices.below(shape.header_bytes)] = std::byte{choices.number<std::uint8_t>()};
  }
  return shape;
}

}  // namespace nobounce::fuzz
