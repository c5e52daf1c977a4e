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

/// How far the checksums of a frame's headers can be relied on.
enum class Checksums : std::uint8_t {
  kUnverified,  ///< As the sending guest wrote them.
  kGood,        ///< A NIC has filled them in, or found them right.
  /// Good, but L4's is yet to be filled in: its field holds the sum of the pseudo header alone.
  /// Who writes the bytes out finishes it, best while it copies the payload; a coalesced packet
  /// never needs it. IPv4's header checksum is right.
  kPending,
};

/// A frame with `segment_bytes` set is still to be cut (see Segmenter): it passes can_segment, its
/// lengths are those of the whole (0 where 16 bits can't hold them), and its checksums are pending.
struct Frame {
  std::span<const std::byte> headers;  ///< Ethernet to L4 inclusive, as far as `layout` parsed.
  std::span<const Piece> payload;      ///< What follows the headers; no empty pieces.
  std::uint32_t payload_bytes = 0;     ///< Sum of the pieces.
  HeaderLayout layout;                 ///< Where the protocols lie in `headers`.
  std::uint16_t segment_bytes = 0;     ///< Payload bytes a segment, or 0 for a frame sent as it is.
  Checksums checksums = Checksums::kUnverified;
  std::uint8_t tx_queue = 0;  ///< Which of the sending NIC's queues it left by, for captures.
};

/// What takes frames: a NIC's receive side, a cable, a capture. Never fails: what can't be taken is
/// dropped and counted by whoever drops it.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void accept(const Frame& frame) = 0;
  /// False while a frame had better wait with its sender, as on a wire that is still busy with the
  /// last ones. What is sent all the same is taken or dropped like any other.
  [[nodiscard]] virtual bool is_ready() const { return true; }
};

}  // namespace nobounce::emulator::net
