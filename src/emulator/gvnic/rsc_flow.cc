// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/rsc_flow.h"

#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "emulator/net/checksum.h"
#include "emulator/net/tcp_header.h"

namespace nobounce::emulator::gvnic {
namespace {

constexpr std::size_t kEthernetBytes = 14;
constexpr std::uint32_t kMinIpv4Bytes = 20;

bool is_ipv4(const net::HeaderLayout& layout) {
  return layout.l3 == net::L3::kIpv4;
}

std::uint8_t flags_of(const net::Frame& frame) {
  return static_cast<std::uint8_t>(frame.headers[frame.layout.l4_offset + net::kTcpFlagsOffset]);
}

std::uint32_t ports_of(const net::Frame& frame) {
  return load_le<std::uint32_t>(&frame.headers[frame.layout.l4_offset]);
}

std::uint32_t sequence_of(const net::Frame& frame) {
  return load_be<std::uint32_t>(&frame.headers[frame.layout.l4_offset + net::kTcpSequenceOffset]);
}

std::uint16_t ip_id_of(const net::Frame& frame) {
  if (!is_ipv4(frame.layout)) return 0;
  return load_be<std::uint16_t>(&frame.headers[frame.layout.l3_offset + net::kIpv4IdOffset]);
}

struct Addresses {
  std::size_t offset;
  std::size_t bytes;
};

Addresses addresses_in(const net::HeaderLayout& layout) {
  return is_ipv4(layout) ? Addresses{layout.l3_offset + 12u, 8}
                         : Addresses{layout.l3_offset + 8u, 32};
}

/// A whole TCP segment that says nothing but "more of the stream", perhaps "hand it on".
bool is_plain_segment(const net::Frame& frame) {
  const net::HeaderLayout& layout = frame.layout;
  if (layout.l4 != net::L4::kTcp || frame.segment_bytes != 0 || frame.payload_bytes == 0 ||
      frame.headers.size() != layout.header_bytes) {
    return false;
  }
  const std::uint32_t ip_bytes = is_ipv4(layout) ? kMinIpv4Bytes : net::kIpv6HeaderBytes;
  if (layout.l3_offset < kEthernetBytes || layout.l4_offset != layout.l3_offset + ip_bytes) {
    return false;
  }
  if ((flags_of(frame) & ~net::kTcpPush) != net::kTcpAck) return false;
  const auto frame_bytes = static_cast<std::uint32_t>(frame.headers.size()) + frame.payload_bytes;
  return net::l4_bytes(frame.headers, layout, frame_bytes) == frame_bytes - layout.l4_offset;
}

}  // namespace

bool RscFlow::can_start(const net::Frame& frame) {
  return is_plain_segment(frame) && (flags_of(frame) & net::kTcpPush) == 0;
}

void RscFlow::start(const net::Frame& first, std::uint64_t order) {
  order_ = order;
  segments_ = 1;
  segment_bytes_ = first.payload_bytes;
  ports_ = ports_of(first);
  next_sequence_ = sequence_of(first) + first.payload_bytes;
  next_ip_id_ = static_cast<std::uint16_t>(ip_id_of(first) + 1);
  is_pushed_ = false;
  is_touched = true;
}

bool RscFlow::is_of(const net::Frame& frame) const {
  if (segments_ == 0 || frame.layout.l4 != net::L4::kTcp || ports_of(frame) != ports_ ||
      frame.layout.l3 != packet.layout.l3) {
    return false;
  }
  const auto [offset, bytes] = addresses_in(packet.layout);
  return std::memcmp(&packet.header_copy[offset], &frame.headers[addresses_in(frame.layout).offset],
                     bytes) == 0;
}

bool RscFlow::can_join(const net::Frame& next, std::uint32_t max_body_bytes) const {
  if (!is_plain_segment(next) || sequence_of(next) != next_sequence_ ||
      next.payload_bytes > segment_bytes_) {
    return false;
  }
  const std::uint32_t ip_bytes =
      packet.header_bytes - packet.layout.l3_offset + packet.payload_bytes + next.payload_bytes;
  return ip_bytes <= net::kMaxIpLength &&
         packet.body_bytes + next.payload_bytes <= max_body_bytes && has_headers_of(next);
}

/// All but sequence number, PSH, lengths and checksums; the IP identification goes on counting.
bool RscFlow::has_headers_of(const net::Frame& next) const {
  const net::HeaderLayout& layout = packet.layout;
  if (next.layout.l3_offset != layout.l3_offset || next.layout.l4_offset != layout.l4_offset ||
      next.headers.size() != packet.header_bytes) {
    return false;
  }
  const auto equal = [&](std::size_t from, std::size_t to) {
    return std::memcmp(&packet.header_copy[from], &next.headers[from], to - from) == 0;
  };
  const std::size_t l3 = layout.l3_offset;
  const std::size_t l4 = layout.l4_offset;
  const bool ip_fits = is_ipv4(layout) ? equal(0, l3 + 2) && ip_id_of(next) == next_ip_id_ &&
                                             equal(l3 + 6, l3 + 10) && equal(l3 + 12, l4 + 4)
                                       : equal(0, l3 + 4) && equal(l3 + 6, l4 + 4);
  return ip_fits && equal(l4 + net::kTcpAcknowledgmentOffset, l4 + net::kTcpFlagsOffset) &&
         equal(l4 + net::kTcpWindowOffset, l4 + net::kTcpWindowOffset + 2) &&
         equal(l4 + net::kTcpUrgentOffset, packet.header_bytes);
}

bool RscFlow::join(const net::Frame& next) {
  ++segments_;
  next_sequence_ += next.payload_bytes;
  ++next_ip_id_;
  is_pushed_ = (flags_of(next) & net::kTcpPush) != 0;
  is_touched = true;
  return !is_pushed_ && next.payload_bytes == segment_bytes_;
}

void RscFlow::finish() {
  if (std::exchange(segments_, 0) == 1) return;
  const auto headers = packet.headers();
  if (is_pushed_)
    headers[packet.layout.l4_offset + net::kTcpFlagsOffset] |= std::byte{net::kTcpPush};
  net::set_lengths(headers, packet.layout, packet.payload_bytes);
  packet.segment_bytes = static_cast<std::uint16_t>(segment_bytes_);
}

}  // namespace nobounce::emulator::gvnic
