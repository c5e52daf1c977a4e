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
  const std::uint64_t segments =
      (std::uint64_t{frame.payload_bytes} + frame.segment_bytes - 1) / frame.segment_bytes;
  return {segments, segments * frame.headers.size() + frame.payload_bytes};
}

}  // namespace nobounce::emulator::wire
