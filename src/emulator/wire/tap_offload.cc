// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/tap_offload.h"

#include "base/bytes.h"
#include "emulator/net/checksum.h"
#include "emulator/wire/host_station.h"

namespace nobounce::emulator::wire {
namespace {

constexpr std::uint16_t kTcpChecksumOffset = 16;
constexpr std::uint16_t kUdpChecksumOffset = 6;
constexpr std::uint16_t kEthernetBytes = 14;
/// Linux sends no smaller ones (TCP_MIN_SND_MSS), and a frame has no more segments than so.
constexpr std::uint16_t kMinSegmentBytes = 48;

/// Sums from the start that the header names to the end; false if that is not within the frame.
bool fill_checksum(std::span<std::byte> frame, const TapHeader& header) {
  const std::size_t start = header.checksum_start;
  if (!range_fits(start, std::size_t{header.checksum_offset} + 2, frame.size())) return false;
  net::InternetChecksum sum;
  sum.add(frame.subspan(start));
  const std::uint16_t checksum = sum.checksum();
  // 0 would say "no checksum" in UDP; all ones is as good in any protocol.
  store_be(&frame[start + header.checksum_offset],
           checksum == 0 ? std::uint16_t{0xffff} : checksum);
  return true;
}

bool is_tcp_over(const net::HeaderLayout& layout, std::uint8_t kind) {
  if (layout.l4 != net::L4::kTcp) return false;
  if (kind == TapHeader::kTcpV4) return layout.l3 == net::L3::kIpv4;
  return kind == TapHeader::kTcpV6 && layout.l3 == net::L3::kIpv6;
}

/// The kernel's lengths and sums are set anew, whatever they were.
std::optional<net::Frame> frame_to_segment(FlatFrame& buffer, std::size_t size,
                                           const TapHeader& header) {
  net::Frame frame = buffer.parse(size, 0);
  const auto kind = static_cast<std::uint8_t>(header.segmentation & ~TapHeader::kEcn);
  if (!is_tcp_over(frame.layout, kind) || frame.payload_bytes == 0) return std::nullopt;
  if (header.segment_bytes < kMinSegmentBytes ||
      frame.headers.size() + header.segment_bytes > HostStation::kMaxFrameBytes)
    return std::nullopt;
  net::set_lengths(buffer.room().first(frame.headers.size()), frame.layout, frame.payload_bytes);
  frame.checksums = net::Checksums::kPending;
  if (frame.payload_bytes > header.segment_bytes) frame.segment_bytes = header.segment_bytes;
  return frame;
}

}  // namespace

TapHeader TapHeader::read(const Bytes& bytes) {
  return {.flags = load_le<std::uint8_t>(&bytes[0]),
          .segmentation = load_le<std::uint8_t>(&bytes[1]),
          .header_bytes = load_le<std::uint16_t>(&bytes[2]),
          .segment_bytes = load_le<std::uint16_t>(&bytes[4]),
          .checksum_start = load_le<std::uint16_t>(&bytes[6]),
          .checksum_offset = load_le<std::uint16_t>(&bytes[8])};
}

TapHeader::Bytes TapHeader::bytes() const {
  Bytes bytes;
  store_le(&bytes[0], flags);
  store_le(&bytes[1], segmentation);
  store_le(&bytes[2], header_bytes);
  store_le(&bytes[4], segment_bytes);
  store_le(&bytes[6], checksum_start);
  store_le(&bytes[8], checksum_offset);
  return bytes;
}

bool host_can_segment(const net::Frame& frame) {
  const net::HeaderLayout& layout = frame.layout;
  return layout.l4 == net::L4::kTcp && layout.l3_offset == kEthernetBytes &&
         !layout.has_ipv6_extension &&
         frame.headers.size() + frame.payload_bytes - kEthernetBytes <= net::kMaxIpLength;
}

TapHeader tap_header_of(const net::Frame& frame) {
  const net::HeaderLayout& layout = frame.layout;
  const bool is_tcp = layout.l4 == net::L4::kTcp;
  if (frame.checksums != net::Checksums::kPending || (!is_tcp && layout.l4 != net::L4::kUdp))
    return {};
  TapHeader header{.flags = TapHeader::kNeedsChecksum,
                   .checksum_start = layout.l4_offset,
                   .checksum_offset = is_tcp ? kTcpChecksumOffset : kUdpChecksumOffset};
  if (frame.segment_bytes != 0) {
    header.segmentation = layout.l3 == net::L3::kIpv4 ? TapHeader::kTcpV4 : TapHeader::kTcpV6;
    header.header_bytes = static_cast<std::uint16_t>(frame.headers.size());
    header.segment_bytes = frame.segment_bytes;
  }
  return header;
}

std::optional<net::Frame> frame_of(FlatFrame& buffer, std::size_t size, const TapHeader& header) {
  if (size < HostStation::kMinFrameBytes || size > FlatFrame::kMaxBytes) return std::nullopt;
  if (header.segmentation != TapHeader::kNotSegmented)
    return frame_to_segment(buffer, size, header);
  if (size > HostStation::kMaxFrameBytes) return std::nullopt;
  const bool needs_checksum = (header.flags & TapHeader::kNeedsChecksum) != 0;
  if (needs_checksum && !fill_checksum(buffer.room().first(size), header)) return std::nullopt;
  return buffer.parse(size, 0);
}

}  // namespace nobounce::emulator::wire
