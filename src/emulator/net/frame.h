// SPDX-License-Identifier: Apache-2.0
// Frame: an Ethernet frame on its way from one emulated NIC to another, without a copy of its own.
//
// The headers are NIC-local bytes, copied from the guest once, so that what was checked is what is
// used. The payload still lies in the sender's memory, in pieces, and the sending guest may change
// it at any time: nothing may be decided from payload bytes. A frame lives for one call only; who
// wants to keep it copies it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "emulator/net/headers.h"

namespace nobounce::emulator::net {

using Piece = std::span<const std::byte>;

/// Most pieces of payload in a frame; who makes frames keeps to it.
inline constexpr std::size_t kMaxPieces = 256;

struct Frame {
  std::span<const std::byte> headers;  ///< Ethernet to L4 inclusive, as far as `layout` parsed.
  std::span<const Piece> payload;      ///< What follows the headers; no empty pieces.
  std::uint32_t payload_bytes = 0;     ///< Sum of the pieces.
  HeaderLayout layout;                 ///< Where the protocols lie in `headers`.
  std::uint16_t segment_bytes = 0;     ///< Payload bytes a segment, or 0 for a frame sent as it is.
  bool checksums_are_good = false;     ///< The sending NIC filled in L3 and L4 checksums itself.
};

/// What takes frames: a NIC's receive side, a cable, a capture. Never fails: what can't be taken is
/// dropped and counted by whoever drops it.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void accept(const Frame& frame) = 0;
};

}  // namespace nobounce::emulator::net
