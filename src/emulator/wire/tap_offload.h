// SPDX-License-Identifier: Apache-2.0
// What a TAP interface of the host and a wire say to each other about a frame beside its bytes:
// that it is to be segmented, that a checksum is yet to be filled in. Source: struct
// virtio_net_hdr, Virtual I/O Device (VIRTIO) 1.2, 5.1.6, in its legacy form and the CPU's order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "emulator/net/frame.h"
#include "emulator/wire/flat_frame.h"
#include "sys/tap_interface.h"

namespace nobounce::emulator::wire {

struct TapHeader {
  static constexpr std::uint8_t kNeedsChecksum = 1;
  static constexpr std::uint8_t kNotSegmented = 0;
  static constexpr std::uint8_t kTcpV4 = 1;
  static constexpr std::uint8_t kTcpV6 = 4;
  static constexpr std::uint8_t kEcn = 0x80;  ///< With a TCP kind: the first segment keeps CWR.

  std::uint8_t flags = 0;
  std::uint8_t segmentation = kNotSegmented;
  std::uint16_t header_bytes = 0;
  std::uint16_t segment_bytes = 0;
  std::uint16_t checksum_start = 0;   ///< Summed from here to the end of the frame …
  std::uint16_t checksum_offset = 0;  ///< … and put here, counted from there.

  using Bytes = std::array<std::byte, sys::kTapHeaderBytes>;
  static TapHeader read(const Bytes& bytes);
  [[nodiscard]] Bytes bytes() const;

  bool operator==(const TapHeader&) const = default;
};

/// True for a frame to be segmented that the host's kernel can segment as it is.
[[nodiscard]] bool host_can_segment(const net::Frame& frame);

/// What is to be said of `frame`, which is host_can_segment or not to be segmented. Unless it needs
/// a checksum, the frame's headers have to be finished.
[[nodiscard]] TapHeader tap_header_of(const net::Frame& frame);

/// The first `size` bytes of `buffer` as what `header` says they are; good as long as they are.
/// Nothing where the two do not agree, or no NIC could take the frame or its segments.
[[nodiscard]] std::optional<net::Frame> frame_of(FlatFrame& buffer, std::size_t size,
                                                 const TapHeader& header);

}  // namespace nobounce::emulator::wire
