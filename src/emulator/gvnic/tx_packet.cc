// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/tx_packet.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "emulator/net/checksum.h"
#include "emulator/net/segment.h"

namespace nobounce::emulator::gvnic {
namespace {

/// Of a frame sent as it is, the first lines come while its headers are looked at. What is copied
/// later than that, as most of a TSO frame, the CPU fetches by itself.
void fetch_early(net::Piece piece) {
  constexpr std::size_t kCacheLineBytes = 64;
  const net::Piece early = piece.first(std::min(piece.size(), 3 * kCacheLineBytes));
  for (std::size_t at = 0; at < early.size(); at += kCacheLineBytes)
    __builtin_prefetch(&early[at]);
}

/// True if no segment takes more descriptors than the hardware has for one, of which one is for the
/// headers, wherever they lie.
bool segments_keep_to_scatter(std::span<const net::Piece> payload, std::size_t mss_bytes) {
  constexpr std::size_t kMost = kMaxSegmentDescriptors - 1;
  if (payload.size() <= kMost) return true;
  std::size_t end = 0;    // of a piece …
  std::size_t start = 0;  // … and the start of the piece kMost further on
  for (const net::Piece& piece : payload.first(kMost))
    start += piece.size();
  for (std::size_t i = 0; i + kMost < payload.size(); ++i) {
    end += payload[i].size();
    if ((end - 1) / mss_bytes == start / mss_bytes) return false;
    start += payload[i + kMost].size();
  }
  return true;
}

}  // namespace

TxPacket::Gathered TxPacket::gather(const std::byte* ring, std::uint32_t mask, std::uint32_t head,
                                    std::uint32_t available, const vfio_user::GuestMemory& memory) {
  start();
  while (descriptors_ < available) {
    const std::size_t index = (head + descriptors_) & mask;
    const TxDescriptor descriptor(ring + index * kTxDescriptorBytes);
    ++descriptors_;
    if (descriptor.type() != TxDescriptor::kPacket) {
      if (!add_context(descriptor)) return Gathered::kMalformed;
      continue;
    }
    if (!add_piece(descriptor, memory)) return Gathered::kMalformed;
    if (descriptor.ends_packet()) {
      completion_tag_ = descriptor.completion_tag();
      return is_consistent() ? Gathered::kWhole : Gathered::kMalformed;
    }
  }
  // A full ring that does not end its packet never will.
  return available == mask ? Gathered::kMalformed : Gathered::kIncomplete;
}

void TxPacket::start() {
  descriptors_ = 0;
  frame_bytes_ = 0;
  mss_bytes_ = 0;
  has_general_context_ = false;
  wants_event_ = false;
  piece_count_ = 0;
}

/// At most one context of each kind, before the first packet descriptor.
bool TxPacket::add_context(const TxDescriptor& descriptor) {
  if (piece_count_ != 0) return false;
  if (descriptor.type() == TxDescriptor::kGeneralContext) {
    return !std::exchange(has_general_context_, true);
  }
  if (descriptor.type() != TxDescriptor::kTsoContext || is_tso()) return false;
  mss_bytes_ = descriptor.mss_bytes();
  tso_payload_bytes_ = descriptor.tso_payload_bytes();
  tso_header_bytes_ = descriptor.header_bytes();
  return mss_bytes_ >= kMinMssBytes && mss_bytes_ <= kMaxMssBytes && tso_header_bytes_ != 0 &&
         tso_payload_bytes_ != 0 && tso_payload_bytes_ <= kMaxTsoPayloadBytes;
}

bool TxPacket::add_piece(const TxDescriptor& descriptor, const vfio_user::GuestMemory& memory) {
  const std::uint32_t bytes = descriptor.buffer_bytes();
  if (bytes == 0 || piece_count_ == pieces_.size()) return false;
  const std::byte* const data =
      memory.translate(descriptor.address(), bytes, vfio_user::DmaAccess::kRead);
  if (data == nullptr) return false;
  if (piece_count_ == 0) wants_checksum_ = descriptor.wants_checksum();
  wants_event_ |= descriptor.wants_event();
  if (!is_tso()) fetch_early({data, bytes});
  pieces_[piece_count_++] = {data, bytes};
  frame_bytes_ += bytes;  // at most kMaxPieces × 16 KiB
  return true;
}

bool TxPacket::is_consistent() const {
  return !is_tso() || frame_bytes_ == tso_header_bytes_ + tso_payload_bytes_;
}

const net::Frame* TxPacket::frame() {
  if (!is_tso() && (frame_bytes_ < kMinFrameBytes || frame_bytes_ > kMaxFrameBytes ||
                    piece_count_ > kMaxSegmentDescriptors)) {
    return nullptr;
  }
  const std::size_t looked_at =
      is_tso() ? tso_header_bytes_ : std::min(std::size_t{frame_bytes_}, headers_.size());
  copy_headers(looked_at);
  frame_.layout = net::parse_headers(std::span(headers_).first(looked_at), frame_bytes_);
  const std::size_t header_bytes = frame_.layout.header_bytes;
  frame_.headers = std::span(headers_).first(header_bytes);
  frame_.payload = payload_after(header_bytes);
  frame_.payload_bytes = frame_bytes_ - static_cast<std::uint32_t>(header_bytes);
  frame_.segment_bytes = mss_bytes_;
  return finish_headers() ? &frame_ : nullptr;
}

void TxPacket::copy_headers(std::size_t bytes) {
  std::size_t copied = 0;
  for (std::size_t i = 0; copied < bytes; ++i) {
    const std::size_t taken = std::min(bytes - copied, pieces_[i].size());
    std::memcpy(&headers_[copied], pieces_[i].data(), taken);
    copied += taken;
  }
}

/// The pieces without their first `header_bytes`; those are ours already.
std::span<const net::Piece> TxPacket::payload_after(std::size_t header_bytes) {
  std::size_t first = 0;
  while (first < piece_count_ && header_bytes >= pieces_[first].size()) {
    header_bytes -= pieces_[first++].size();
  }
  if (first < piece_count_) pieces_[first] = pieces_[first].subspan(header_bytes);
  return std::span(pieces_).subspan(first, piece_count_ - first);
}

/// Fills in lengths, and checksums as far as they need no payload; false if the frame can't be
/// segmented as it asks.
bool TxPacket::finish_headers() {
  const auto headers = std::span(headers_).first(frame_.headers.size());
  if (!is_tso()) {
    const bool is_pending = wants_checksum_ && net::leave_checksums_pending(headers, frame_.layout,
                                                                            frame_.payload_bytes);
    frame_.checksums = is_pending ? net::Checksums::kPending : net::Checksums::kUnverified;
    return true;
  }
  if (headers.size() != tso_header_bytes_ || !net::can_segment(frame_) ||
      !segments_keep_to_scatter(frame_.payload, mss_bytes_)) {
    return false;
  }
  net::set_lengths(headers, frame_.layout, frame_.payload_bytes);
  if (frame_.payload_bytes <= mss_bytes_) frame_.segment_bytes = 0;
  frame_.checksums = net::Checksums::kPending;
  return true;
}

}  // namespace nobounce::emulator::gvnic
