// SPDX-License-Identifier: Apache-2.0
// FramePieces: a frame as the list of pieces that a gathering write takes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "emulator/net/frame.h"
#include "sys/packet_io.h"

namespace nobounce::emulator::wire {

/// Copies no bytes; good as long as what it was made from.
class FramePieces {
 public:
  /// `front` and `headers`, then the payload of `frame`.
  FramePieces(std::span<const std::byte> front, std::span<const std::byte> headers,
              const net::Frame& frame) {
    static_assert(sys::kMaxPacketPieces >= net::kMaxPieces + 2);
    add(front);
    add(headers);
    for (const net::Piece& piece : frame.payload)
      add(piece);
  }

  [[nodiscard]] std::span<const net::Piece> all() const { return std::span(pieces_).first(count_); }

 private:
  void add(net::Piece piece) {
    if (!piece.empty() && count_ < pieces_.size()) pieces_[count_++] = piece;
  }

  std::array<net::Piece, sys::kMaxPacketPieces> pieces_;
  std::size_t count_ = 0;
};

}  // namespace nobounce::emulator::wire
