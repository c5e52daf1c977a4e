// SPDX-License-Identifier: Apache-2.0
#include "emulator/net/segment.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/bytes.h"
#include "emulator/net/checksum.h"
#include "emulator/net/tcp_header.h"

namespace nobounce::emulator::net {

bool can_segment(const Frame& frame) {
  const L4 l4 = frame.layout.l4;
  return frame.segment_bytes != 0 && (l4 == L4::kTcp || l4 == L4::kUdp) &&
         frame.headers.size() == frame.layout.header_bytes &&
         frame.headers.size() <= kMaxHeaderBytes && frame.payload.size() <= kMaxPieces;
}

Segmenter::Segmenter(const Frame& frame, std::uint32_t part_bytes)
    : frame_(frame), part_bytes_(part_bytes) {
  assert(can_segment(frame) && part_bytes % frame.segment_bytes == 0);
  part_.layout = frame.layout;
  part_.tx_queue = frame.tx_queue;
}

const Frame* Segmenter::next() {
  if (done_bytes_ == frame_.payload_bytes) return nullptr;
  const std::uint32_t bytes = std::min(part_bytes_, frame_.payload_bytes - done_bytes_);
  slice_payload(bytes);

  const auto headers = std::span(headers_).first(frame_.headers.size());
  std::memcpy(headers.data(), frame_.headers.data(), headers.size());
  const HeaderLayout& layout = frame_.layout;
  if (layout.l3 == L3::kIpv4) {
    std::byte* const id = &headers[layout.l3_offset + kIpv4IdOffset];
    store_be(id, static_cast<std::uint16_t>(load_be<std::uint16_t>(id) + segments_));
  }
  if (layout.l4 == L4::kTcp) patch_tcp(done_bytes_, done_bytes_ + bytes == frame_.payload_bytes);
  set_lengths(headers, layout, bytes);

  part_.headers = headers;
  part_.payload = std::span(pieces_).first(piece_count_);
  part_.payload_bytes = bytes;
  part_.segment_bytes = bytes > frame_.segment_bytes ? frame_.segment_bytes : std::uint16_t{0};
  part_.checksums = Checksums::kPending;

  done_bytes_ += bytes;
  segments_ = static_cast<std::uint16_t>(done_bytes_ / frame_.segment_bytes);
  return &part_;
}

void Segmenter::slice_payload(std::uint32_t bytes) {
  piece_count_ = 0;
  for (std::size_t left = bytes; left != 0;) {
    const Piece rest = frame_.payload[piece_].subspan(piece_offset_);
    const std::size_t taken = std::min(left, rest.size());
    pieces_[piece_count_++] = rest.first(taken);
    left -= taken;
    piece_offset_ += taken;
    if (taken == rest.size()) {
      ++piece_;
      piece_offset_ = 0;
    }
  }
}

void Segmenter::patch_tcp(std::uint32_t first_byte, bool is_last) {
  std::byte* const tcp = &headers_[frame_.layout.l4_offset];
  std::byte* const sequence = tcp + kTcpSequenceOffset;
  store_be(sequence, load_be<std::uint32_t>(sequence) + first_byte);
  std::uint8_t absent = 0;
  if (!is_last) absent |= kTcpFin | kTcpPush;
  if (first_byte != 0) absent |= kTcpCwr;
  tcp[kTcpFlagsOffset] &= ~std::byte{absent};
}

}  // namespace nobounce::emulator::net
