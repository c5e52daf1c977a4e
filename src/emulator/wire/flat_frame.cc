// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/flat_frame.h"

#include <algorithm>
#include <cassert>

#include "emulator/net/checksum.h"

namespace nobounce::emulator::wire {

std::span<std::byte> FlatFrame::copy(const net::Frame& frame) {
  assert(frame.segment_bytes == 0);
  const std::size_t header_bytes = frame.headers.size();
  const std::size_t size = header_bytes + frame.payload_bytes;
  if (size == 0 || size > kMaxBytes) return {};

  const auto headers = room().first(header_bytes);
  std::ranges::copy(frame.headers, headers.begin());
  // Summed as it is copied: the sender may change its memory at any time.
  const bool is_pending = frame.checksums == net::Checksums::kPending;
  net::L4Checksum checksum = is_pending ? net::L4Checksum(frame) : net::L4Checksum();
  std::byte* to = bytes_.get() + header_bytes;
  for (const net::Piece& piece : frame.payload) {
    checksum.copy(to, piece);
    to += piece.size();
  }
  if (is_pending) checksum.finish(headers);
  return room().first(size);
}

const net::Frame& FlatFrame::parse(std::size_t size, std::uint8_t tx_queue) {
  assert(size <= kMaxBytes);
  const auto frame_bytes = static_cast<std::uint32_t>(size);
  const auto looked_at = room().first(std::min(size, net::kMaxHeaderBytes));
  frame_ = {};
  frame_.layout = net::parse_headers(looked_at, frame_bytes);
  frame_.tx_queue = tx_queue;
  frame_.headers = looked_at.first(frame_.layout.header_bytes);
  payload_ = room().first(size).subspan(frame_.headers.size());
  frame_.payload = {&payload_, payload_.empty() ? 0U : 1U};
  frame_.payload_bytes = static_cast<std::uint32_t>(payload_.size());
  return frame_;
}

}  // namespace nobounce::emulator::wire
