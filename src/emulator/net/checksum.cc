// SPDX-License-Identifier: Apache-2.0
// Words are added as they lie in memory: the one's complement sum of byte-swapped words is the
// byte-swapped sum (RFC 1071, section 2), so one swap at the end does for all of them.
#include "emulator/net/checksum.h"

#include <algorithm>

#include "base/bytes.h"

namespace nobounce::emulator::net {
namespace {

constexpr std::size_t kIpv4ChecksumOffset = 10;
constexpr std::size_t kTcpChecksumOffset = 16;
constexpr std::size_t kUdpChecksumOffset = 6;
constexpr std::size_t kIcmpChecksumOffset = 2;

constexpr std::uint16_t fold(std::uint64_t sum) {
  sum = (sum & 0xffff'ffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

/// Two 64-bit lanes; the compiler makes SSE2 of it without being asked to vectorise a loop.
typedef std::uint64_t Lanes __attribute__((vector_size(16)));

/// Sum of the bytes as words in memory order, an odd last byte padded with 0. Bounded by the
/// length, so that 2^32 bytes can't overflow it.
std::uint64_t sum_of(std::span<const std::byte> bytes) {
  constexpr std::size_t kStride = 64;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t sum = 0;
  if (left >= kStride) {
    Lanes low[2] = {};
    Lanes high[2] = {};
    for (; left >= kStride; at += kStride, left -= kStride) {
      Lanes in[4];
      std::memcpy(in, at, sizeof in);
      low[0] += in[0] & 0xffff'ffff;
      high[0] += in[0] >> 32;
      low[1] += in[1] & 0xffff'ffff;
      high[1] += in[1] >> 32;
      low[0] += in[2] & 0xffff'ffff;
      high[0] += in[2] >> 32;
      low[1] += in[3] & 0xffff'ffff;
      high[1] += in[3] >> 32;
    }
    const Lanes lanes = low[0] + low[1] + high[0] + high[1];
    sum = lanes[0] + lanes[1];
  }
  for (; left >= 4; at += 4, left -= 4)
    sum += load_le<std::uint32_t>(at);
  if (left >= 2) {
    sum += load_le<std::uint16_t>(at);
    at += 2;
    left -= 2;
  }
  if (left == 1) sum += static_cast<std::uint8_t>(*at);
  return sum;
}

std::size_t checksum_offset(const HeaderLayout& layout) {
  switch (layout.l4) {
    case L4::kTcp:
      return layout.l4_offset + kTcpChecksumOffset;
    case L4::kUdp:
      return layout.l4_offset + kUdpChecksumOffset;
    case L4::kIcmp:
      return layout.l4_offset + kIcmpChecksumOffset;
    default:
      return 0;
  }
}

/// Adds what TCP, UDP and ICMPv6 sum besides their own bytes (RFC 9293 3.1, RFC 8200 8.1).
void add_pseudo_header(InternetChecksum& sum, std::span<const std::byte> headers,
                       const HeaderLayout& layout, std::uint32_t l4_length) {
  const auto ip = headers.subspan(layout.l3_offset);
  if (layout.l3 == L3::kIpv4) {
    if (layout.l4 == L4::kIcmp) return;
    sum.add(ip.subspan(12, 8));
  } else {
    sum.add(ip.subspan(8, 32));
  }
  sum.add_word(layout.ip_protocol);
  sum.add_word(static_cast<std::uint16_t>(l4_length >> 16));
  sum.add_word(static_cast<std::uint16_t>(l4_length));
}

/// The sum of L4 and its pseudo header, the checksum field included. Bytes after the IP packet
/// (link-layer padding) are left out.
InternetChecksum sum_l4(std::span<const std::byte> headers, const HeaderLayout& layout,
                        std::span<const Piece> payload, std::uint32_t payload_bytes) {
  const auto frame_bytes = static_cast<std::uint32_t>(headers.size()) + payload_bytes;
  std::size_t left = l4_bytes(headers, layout, frame_bytes);
  InternetChecksum sum;
  add_pseudo_header(sum, headers, layout, static_cast<std::uint32_t>(left));
  const auto l4_header = headers.subspan(layout.l4_offset);
  sum.add(l4_header);
  left -= l4_header.size();
  for (const Piece& piece : payload) {
    const std::size_t used = std::min(left, piece.size());
    sum.add(piece.first(used));
    left -= used;
  }
  return sum;
}

std::span<std::byte> ipv4_header(std::span<std::byte> headers, const HeaderLayout& layout) {
  const auto ip = headers.subspan(layout.l3_offset);
  return ip.first(std::size_t{4} * (static_cast<std::size_t>(ip[0]) & 0xf));
}

void fill_ipv4_checksum(std::span<std::byte> headers, const HeaderLayout& layout) {
  const auto ip = ipv4_header(headers, layout);
  store_le<std::uint16_t>(&ip[kIpv4ChecksumOffset], 0);
  InternetChecksum sum;
  sum.add(ip);
  store_be(&ip[kIpv4ChecksumOffset], sum.checksum());
}

}  // namespace

void InternetChecksum::add(std::span<const std::byte> piece) {
  const std::uint64_t sum = sum_of(piece);
  // After an odd byte count the piece's words lie across ours: swapped.
  sum_ += is_odd_ ? byte_swap(fold(sum)) : sum;
  is_odd_ ^= piece.size() % 2 != 0;
}

void InternetChecksum::add_word(std::uint16_t word) {
  sum_ += byte_swap(word);
}

std::uint16_t InternetChecksum::sum() const {
  return byte_swap(fold(sum_));
}

bool fill_checksums(std::span<std::byte> headers, const HeaderLayout& layout,
                    std::span<const Piece> payload, std::uint32_t payload_bytes) {
  const std::size_t field = checksum_offset(layout);
  if (field == 0) return false;
  if (layout.l3 == L3::kIpv4) fill_ipv4_checksum(headers, layout);
  store_le<std::uint16_t>(&headers[field], 0);
  std::uint16_t checksum = sum_l4(headers, layout, payload, payload_bytes).checksum();
  // RFC 768: a sum of 0 is sent as all ones, since 0 says "no checksum".
  if (layout.l4 == L4::kUdp && checksum == 0) checksum = 0xffff;
  store_be(&headers[field], checksum);
  return true;
}

void set_lengths(std::span<std::byte> headers, const HeaderLayout& layout,
                 std::uint32_t payload_bytes) {
  const auto end = static_cast<std::uint32_t>(headers.size()) + payload_bytes;
  const auto sixteen_bits = [](std::uint32_t length) {
    return static_cast<std::uint16_t>(length <= kMaxIpLength ? length : 0);
  };
  std::byte* const ip = &headers[layout.l3_offset];
  if (layout.l3 == L3::kIpv4) {
    store_be(ip + 2, sixteen_bits(end - layout.l3_offset));
    fill_ipv4_checksum(headers, layout);
  } else {
    store_be(ip + 4, sixteen_bits(end - layout.l3_offset - kIpv6HeaderBytes));
  }
  const std::uint32_t l4_length = end - layout.l4_offset;
  if (layout.l4 == L4::kUdp) store_be(&headers[layout.l4_offset + 4], sixteen_bits(l4_length));
  InternetChecksum sum;
  add_pseudo_header(sum, headers, layout, l4_length);
  store_be(&headers[checksum_offset(layout)], sum.sum());
}

ChecksumVerdict verify_checksums(const Frame& frame) {
  const HeaderLayout& layout = frame.layout;
  if (layout.l3 == L3::kIpv4) {
    const auto ip = frame.headers.subspan(layout.l3_offset);
    InternetChecksum sum;
    sum.add(ip.first(std::size_t{4} * (static_cast<std::size_t>(ip[0]) & 0xf)));
    if (sum.sum() != 0xffff) return ChecksumVerdict::kBad;
  }
  const std::size_t field = checksum_offset(layout);
  if (field == 0) return ChecksumVerdict::kUnknown;
  if (layout.l4 == L4::kUdp && load_le<std::uint16_t>(&frame.headers[field]) == 0) {
    // IPv4 allows UDP without a checksum; IPv6 only for some tunnels, which is not ours to judge.
    return layout.l3 == L3::kIpv4 ? ChecksumVerdict::kGood : ChecksumVerdict::kUnknown;
  }
  const auto sum = sum_l4(frame.headers, layout, frame.payload, frame.payload_bytes);
  return sum.sum() == 0xffff ? ChecksumVerdict::kGood : ChecksumVerdict::kBad;
}

}  // namespace nobounce::emulator::net
