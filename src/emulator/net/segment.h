// SPDX-License-Identifier: Apache-2.0
// Segmenter: cuts a TCP or UDP frame that was sent for segmentation (TSO, USO) into smaller ones.
//
// No payload is copied: a segment's pieces are slices of the frame's. Source of the header rules:
// RFC 9293 (sequence number, flags), RFC 3168 (CWR), RFC 791 and 8200; as Linux's GSO does it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "emulator/net/frame.h"

namespace nobounce::emulator::net {

/// True where a frame can be cut: marked so, and TCP or UDP wholly within its parsed headers.
[[nodiscard]] bool can_segment(const Frame& frame);

/// Yields the parts of a frame in order, without allocating. The frame must outlive it.
class Segmenter {
 public:
  /// `frame` passes can_segment. Each part but the last takes `part_bytes` of payload, which is
  /// frame.segment_bytes for plain segments. A multiple of it (TCP only) gives larger parts that
  /// are themselves still to be segmented, for a receiver that takes coalesced packets.
  Segmenter(const Frame& frame, std::uint32_t part_bytes);

  /// The next part, good until the next call, or nullptr after the last.
  const Frame* next();

 private:
  void slice_payload(std::uint32_t bytes);
  void patch_tcp(std::uint32_t first_byte, bool is_last);

  const Frame& frame_;
  std::uint32_t part_bytes_;
  std::uint32_t done_bytes_ = 0;  // payload already yielded
  std::uint16_t segments_ = 0;    // wire segments already yielded, for the IP identification
  std::size_t piece_ = 0;         // where in frame_.payload the next part starts …
  std::size_t piece_offset_ = 0;  // … and where in that piece
  Frame part_;
  std::array<std::byte, kMaxHeaderBytes> headers_;
  std::array<Piece, kMaxPieces> pieces_;
  std::size_t piece_count_ = 0;
};

}  // namespace nobounce::emulator::net
