// SPDX-License-Identifier: Apache-2.0
// Amount: how much a frame is on a wire, where one that is still to be segmented is its segments.
#pragma once

#include <algorithm>
#include <cstdint>

#include "emulator/net/frame.h"

namespace nobounce::emulator::wire {

struct Amount {
  std::uint64_t frames = 1;
  std::uint64_t bytes = 0;  ///< Headers and payload; no preamble, FCS or gap.
};

inline Amount amount_of(const net::Frame& frame) {
  if (frame.segment_bytes == 0) return {1, frame.headers.size() + frame.payload_bytes};
  if (frame.payload_bytes == 0) return {0, 0};
  // In 32 bits: a division of 64 takes several times as long, and this is done for each frame.
  const std::uint64_t segments =
      (frame.payload_bytes - 1) / std::uint32_t{frame.segment_bytes} + 1U;
  return {segments, segments * frame.headers.size() + frame.payload_bytes};
}

/// Preamble 8, FCS 4 and gap 12: what a frame takes on the line besides itself. IEEE 802.3, 3.1.1
/// and 4.4.2.
inline constexpr std::uint64_t kLineOverheadBytes = 24;
inline constexpr std::uint64_t kMinFrameBytes = 60;  ///< Without the FCS; shorter ones are padded.

/// The time that a frame takes on the line, in bits.
inline std::uint64_t line_bits_of(const net::Frame& frame) {
  const auto bits_of = [](std::uint64_t frame_bytes) {
    return 8 * (std::max(frame_bytes, kMinFrameBytes) + kLineOverheadBytes);
  };
  const Amount amount = amount_of(frame);
  if (amount.frames <= 1) return bits_of(amount.bytes);
  const std::uint64_t full_bytes = frame.headers.size() + frame.segment_bytes;
  const std::uint64_t full_frames = amount.frames - 1;
  return full_frames * bits_of(full_bytes) + bits_of(amount.bytes - full_frames * full_bytes);
}

}  // namespace nobounce::emulator::wire
