// SPDX-License-Identifier: Apache-2.0
// Words are added as they lie in memory: the one's complement sum of byte-swapped words is the
// byte-swapped sum (RFC 1071, section 2), so one swap at the end does for all of them.
#include "emulator/net/checksum.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "emulator/net/copy_sum.h"

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

std::size_t ipv4_header_bytes(const std::byte* ip) {
  return std::size_t{4} * (static_cast<std::size_t>(ip[0]) & 0xf);
}

void fill_ipv4_checksum(std::span<std::byte> headers, const HeaderLayout& layout) {
  std::byte* const ip = &headers[layout.l3_offset];
  InternetChecksum sum;
  sum.add({ip, ipv4_header_bytes(ip)});
  // What stood in the field is taken out again.
  sum.add_word(static_cast<std::uint16_t>(~load_be<std::uint16_t>(ip + kIpv4ChecksumOffset)));
  store_be(ip + kIpv4ChecksumOffset, sum.checksum());
}

/// Writes the sum of the pseudo header where the checksum belongs.
void store_pseudo_sum(std::span<std::byte> headers, const HeaderLayout& layout,
                      std::uint32_t l4_length) {
  InternetChecksum sum;
  add_pseudo_header(sum, headers, layout, l4_length);
  store_be(&headers[checksum_offset(layout)], sum.sum());
}

/// What can be said of an unverified frame before its L4 bytes are summed; nothing where they must
/// be.
std::optional<ChecksumVerdict> verdict_by_headers(const Frame& frame) {
  const HeaderLayout& layout = frame.layout;
  if (layout.l3 == L3::kIpv4) {
    const std::byte* const ip = &frame.headers[layout.l3_offset];
    InternetChecksum sum;
    sum.add({ip, ipv4_header_bytes(ip)});
    if (sum.sum() != 0xffff) return ChecksumVerdict::kBad;
  }
  const std::size_t field = checksum_offset(layout);
  if (field == 0) return ChecksumVerdict::kUnknown;
  if (layout.l4 == L4::kUdp && load_le<std::uint16_t>(&frame.headers[field]) == 0) {
    // IPv4 allows UDP without a checksum; IPv6 only for some tunnels, which is not ours to judge.
    return layout.l3 == L3::kIpv4 ? ChecksumVerdict::kGood : ChecksumVerdict::kUnknown;
  }
  return {};
}

}  // namespace

void InternetChecksum::join(std::uint64_t sum, std::size_t bytes) {
  // After an odd byte count the piece's words lie across ours: swapped.
  sum_ += is_odd_ ? byte_swap(fold(sum)) : sum;
  is_odd_ ^= bytes % 2 != 0;
}

void InternetChecksum::add(std::span<const std::byte> piece) {
  join(sum_words(piece), piece.size());
}

void InternetChecksum::copy(std::byte* to, std::span<const std::byte> piece) {
  join(copy_and_sum(to, piece), piece.size());
}

void InternetChecksum::add_word(std::uint16_t word) {
  sum_ += byte_swap(word);
}

std::uint16_t InternetChecksum::sum() const {
  return byte_swap(fold(sum_));
}

L4Checksum::L4Checksum(const Frame& frame) : frame_(&frame) {
  if (frame.checksums == Checksums::kGood) return;
  if (frame.checksums == Checksums::kUnverified) {
    if (const auto verdict = verdict_by_headers(frame)) {
      verdict_ = *verdict;
      return;
    }
  }
  const HeaderLayout& layout = frame.layout;
  const auto frame_bytes = static_cast<std::uint32_t>(frame.headers.size()) + frame.payload_bytes;
  const std::uint32_t length = l4_bytes(frame.headers, layout, frame_bytes);
  if (frame.checksums == Checksums::kUnverified) {
    add_pseudo_header(sum_, frame.headers, layout, length);
  }
  const auto l4_header = frame.headers.subspan(layout.l4_offset);
  sum_.add(l4_header);
  left_ = length - l4_header.size();
  is_summed_ = true;
}

void L4Checksum::add(Piece next) {
  const std::size_t summed = std::min(left_, next.size());
  sum_.add(next.first(summed));
  left_ -= summed;
}

void L4Checksum::copy(std::byte* to, Piece next) {
  const std::size_t summed = std::min(left_, next.size());
  if (summed != 0) sum_.copy(to, next.first(summed));
  left_ -= summed;
  if (summed != next.size()) copy_bytes(to + summed, next.subspan(summed));
}

ChecksumVerdict L4Checksum::verdict() const {
  if (!is_summed_ || frame_->checksums == Checksums::kPending) return verdict_;
  return sum_.sum() == 0xffff ? ChecksumVerdict::kGood : ChecksumVerdict::kBad;
}

void L4Checksum::finish(std::span<std::byte> headers) const {
  if (!is_summed_ || frame_->checksums != Checksums::kPending) return;
  std::uint16_t checksum = sum_.checksum();
  // RFC 768: a sum of 0 is sent as all ones, since 0 says "no checksum".
  if (frame_->layout.l4 == L4::kUdp && checksum == 0) checksum = 0xffff;
  store_be(&headers[checksum_offset(frame_->layout)], checksum);
}

void finish_checksums(std::span<std::byte> header_copy, const Frame& frame) {
  if (frame.checksums != Checksums::kPending) return;
  L4Checksum sum(frame);
  for (const Piece& piece : frame.payload)
    sum.add(piece);
  sum.finish(header_copy);
}

bool leave_checksums_pending(std::span<std::byte> headers, const HeaderLayout& layout,
                             std::uint32_t payload_bytes) {
  if (checksum_offset(layout) == 0) return false;
  if (layout.l3 == L3::kIpv4) fill_ipv4_checksum(headers, layout);
  const auto frame_bytes = static_cast<std::uint32_t>(headers.size()) + payload_bytes;
  store_pseudo_sum(headers, layout, l4_bytes(headers, layout, frame_bytes));
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
  store_pseudo_sum(headers, layout, l4_length);
}

ChecksumVerdict verify_checksums(const Frame& frame) {
  L4Checksum sum(frame);
  for (const Piece& piece : frame.payload)
    sum.add(piece);
  return sum.verdict();
}

}  // namespace nobounce::emulator::net
