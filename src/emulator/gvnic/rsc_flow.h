// SPDX-License-Identifier: Apache-2.0
// RscFlow: a TCP flow whose consecutive segments are made one packet (receive side coalescing), and
// the rules by which they are. Rings and buffers are RxRings' matter, which flows there are
// RxQueue's.
//
// What is coalesced can be cut again into exactly the segments that came: headers are equal but for
// sequence number, PSH, IP identification (which counts on), lengths and checksums, and all
// segments are of one size but the last. The rules are those of Linux's GRO
// (net/ipv4/tcp_offload.c) without its fixed IP identifications, of which an RSC completion could
// not tell.
#pragma once

#include <cstdint>

#include "emulator/gvnic/rx_packet.h"
#include "emulator/net/frame.h"

namespace nobounce::emulator::gvnic {

class RscFlow {
 public:
  /// Most buffers of a coalesced packet. The driver expects at most 19, and 17 are what one socket
  /// buffer holds by default (MAX_SKB_FRAGS); 64 KiB in 4 KiB buffers fits.
  static constexpr std::uint32_t kMaxBuffers = 17;
  /// How long a packet stays open for more segments.
  static constexpr std::uint64_t kMaxAgeNs = 20'000;

  /// True if a packet may begin with this frame, and others join it: a TCP segment with payload,
  /// all of it within its IP packet, with neither IP options nor extension headers, and with no
  /// flag but ACK.
  [[nodiscard]] static bool can_start(const net::Frame& frame);

  [[nodiscard]] bool is_open() const { return segments_ != 0; }
  /// Of the first segment.
  [[nodiscard]] std::uint64_t opened_ns() const { return packet.arrival.time_ns; }
  [[nodiscard]] std::uint32_t segments() const { return segments_; }
  [[nodiscard]] std::uint64_t order() const { return order_; }

  /// `packet` was begun with `first`, for which can_start holds. `order` grows from flow to flow.
  void start(const net::Frame& first, std::uint64_t order);

  /// True for a TCP frame between the same addresses and ports, whatever else it is.
  [[nodiscard]] bool is_of(const net::Frame& frame) const;
  /// True if `next` follows on what is there, in a packet of at most `max_body_bytes`.
  [[nodiscard]] bool can_join(const net::Frame& next, std::uint32_t max_body_bytes) const;
  /// `packet` was extended by `next`. False if no further segment may join.
  [[nodiscard]] bool join(const net::Frame& next);

  /// Makes the headers those of the whole; the packet is then to be completed. Closes the flow.
  void finish();

  RxPacket packet;
  bool is_touched = false;  ///< A segment came since somebody cleared this.

 private:
  [[nodiscard]] bool has_headers_of(const net::Frame& next) const;

  std::uint32_t segments_ = 0;  // in the packet; 0 while the flow is closed
  std::uint64_t order_ = 0;
  std::uint32_t segment_bytes_ = 0;
  std::uint32_t ports_ = 0;
  std::uint32_t next_sequence_ = 0;
  std::uint16_t next_ip_id_ = 0;
  bool is_pushed_ = false;
};

}  // namespace nobounce::emulator::gvnic
