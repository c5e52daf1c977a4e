// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/rx_rings.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>

#include "emulator/gvnic/packet_type.h"

namespace nobounce::emulator::gvnic {

using vfio_user::DmaAccess;

Result<RxRings> RxRings::open(const RxQueueConfig& config, const vfio_user::GuestMemory& memory) {
  RxRings rings(config, memory);
  const std::string name = "RX queue " + std::to_string(config.id);
  NB_TRY(rings.buffers_.check(memory, DmaAccess::kRead, name + " buffer ring"));
  NB_TRY(rings.completions_.check(memory, DmaAccess::kWrite, name + " completion ring"));
  if (config.packet_buffer_bytes == 0 || config.packet_buffer_bytes > kMaxBufferBytes) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "create queue",
                 .object = name,
                 .cause = "packet buffers of " + std::to_string(config.packet_buffer_bytes) +
                          " bytes are outside 1.." + std::to_string(kMaxBufferBytes),
                 .fix = ""});
  }
  return rings;
}

RxRings::RxRings(const RxQueueConfig& config, const vfio_user::GuestMemory& memory)
    : config_(config),
      buffers_{config.buffer_ring_iova, config.buffer_entries, kRxBufferBytes},
      completions_{config.completion_ring_iova, config.completion_entries, kRxCompletionBytes},
      memory_(&memory) {}

bool RxRings::post(std::uint32_t tail) {
  if (tail >= buffers_.entries) return false;
  tail_ = tail;
  return true;
}

std::uint32_t RxRings::max_buffers() const {
  return std::min<std::uint32_t>(buffers_.mask(), RxPacket::kMaxBuffers);
}

Placed RxRings::begin(const net::Frame& frame, const Arrival& arrival, RxPacket& packet) {
  assert(frame.headers.size() <= packet.header_copy.size());
  packet.layout = frame.layout;
  packet.arrival = arrival;
  packet.payload_bytes = 0;
  packet.header_bytes = static_cast<std::uint16_t>(frame.headers.size());
  packet.segment_bytes = frame.segment_bytes;
  packet.is_split = splits(packet.header_bytes);
  packet.body_bytes = packet.is_split ? 0 : packet.header_bytes;
  packet.buffer_count = 0;

  // A coalesced packet keeps the sum of its pseudo header: nobody sums what was never on a wire.
  net::L4Checksum sum = frame.segment_bytes == 0 ? net::L4Checksum(frame) : net::L4Checksum();
  const Placed placed = fill(frame, packet, sum);
  if (placed != Placed::kDone) return placed;
  std::memcpy(packet.header_copy.data(), frame.headers.data(), frame.headers.size());
  sum.finish(packet.headers());
  packet.checksums_verified = sum.verdict() == net::ChecksumVerdict::kGood;
  return Placed::kDone;
}

Placed RxRings::append(const net::Frame& frame, RxPacket& packet) {
  net::L4Checksum sum =
      frame.checksums == net::Checksums::kUnverified ? net::L4Checksum(frame) : net::L4Checksum();
  return fill(frame, packet, sum);
}

/// Takes what is needed and fills it; or leaves ring and packet as they were.
Placed RxRings::fill(const net::Frame& frame, RxPacket& packet, net::L4Checksum& sum) {
  const std::uint32_t buffer_bytes = config_.packet_buffer_bytes;
  const std::uint32_t body_bytes = packet.body_bytes + frame.payload_bytes;
  // A packet that is all header still takes a buffer: that is where its header buffer hangs.
  const std::uint32_t count =
      body_bytes <= buffer_bytes ? 1 : (body_bytes + buffer_bytes - 1) / buffer_bytes;
  const auto more = static_cast<std::uint32_t>(count - packet.buffer_count);
  if (count > max_buffers()) return Placed::kTooBig;
  if (more > ((tail_ - head_) & buffers_.mask())) return Placed::kNoBuffers;
  if (!take_buffers(packet, more) || !copy_payload(frame, packet, sum)) return Placed::kMalformed;
  if (sum.verdict() == net::ChecksumVerdict::kBad) return Placed::kBadChecksum;

  head_ = (head_ + more) & buffers_.mask();
  packet.buffer_count = count;
  packet.body_bytes = body_bytes;
  packet.payload_bytes += frame.payload_bytes;
  return Placed::kDone;
}

/// Copies the next `count` descriptors behind those that the packet has; they stay on the ring.
bool RxRings::take_buffers(RxPacket& packet, std::size_t count) const {
  if (count == 0) return true;
  const std::byte* const ring = buffers_.locate(*memory_, DmaAccess::kRead);
  if (ring == nullptr) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (head_ + i) & buffers_.mask();
    const auto buffer = RxBuffer::read_from(ring + index * kRxBufferBytes);
    const std::size_t place = packet.buffer_count + i;
    packet.buffers[place] = {.address = buffer.address, .id = buffer.id};
    if (place == 0) packet.header_address = buffer.header_address;
  }
  return true;
}

bool RxRings::copy_payload(const net::Frame& frame, const RxPacket& packet,
                           net::L4Checksum& sum) const {
  const std::size_t buffer_bytes = config_.packet_buffer_bytes;
  std::array<std::byte*, RxPacket::kMaxBuffers> targets;  // all are good before any is written
  const std::size_t first = packet.body_bytes < buffer_bytes ? 0 : packet.body_bytes / buffer_bytes;
  std::size_t offset = packet.body_bytes - first * buffer_bytes;
  const std::size_t end = offset + frame.payload_bytes;
  for (std::size_t i = 0; i * buffer_bytes < end; ++i) {
    const std::size_t used = std::min(buffer_bytes, end - i * buffer_bytes);
    targets[i] = memory_->translate(packet.buffers[first + i].address, used, DmaAccess::kWrite);
    if (targets[i] == nullptr) return false;
  }
  std::size_t index = 0;
  for (net::Piece piece : frame.payload) {
    while (!piece.empty()) {
      const std::size_t taken = std::min(piece.size(), buffer_bytes - offset);
      sum.copy(targets[index] + offset, piece.first(taken));
      piece = piece.subspan(taken);
      offset += taken;
      if (offset == buffer_bytes) {
        offset = 0;
        ++index;
      }
    }
  }
  return true;
}

bool RxRings::write_headers(RxPacket& packet) const {
  std::span<const std::byte> left = packet.headers();
  if (packet.is_split) {
    std::byte* const to = memory_->translate(packet.header_address, left.size(), DmaAccess::kWrite);
    if (to != nullptr) std::memcpy(to, left.data(), left.size());
    return to != nullptr;
  }
  for (std::size_t i = 0; !left.empty(); ++i) {
    const std::size_t taken = std::min<std::size_t>(left.size(), config_.packet_buffer_bytes);
    std::byte* const to = memory_->translate(packet.buffers[i].address, taken, DmaAccess::kWrite);
    if (to == nullptr) return false;
    std::memcpy(to, left.data(), taken);
    left = left.subspan(taken);
  }
  return true;
}

Placed RxRings::complete(RxPacket& packet) {
  std::byte* const ring = completions_.locate(*memory_, DmaAccess::kWrite);
  if (ring == nullptr || !write_headers(packet)) return Placed::kMalformed;
  write_completions(packet, ring);
  return Placed::kDone;
}

/// The driver takes packet type, checksum and RSC from the last completion, the header from the
/// first: what describes the whole packet goes into all of them.
void RxRings::write_completions(const RxPacket& packet, std::byte* ring) {
  const bool overflows =
      config_.header_buffer_bytes != 0 && packet.header_bytes > config_.header_buffer_bytes;
  RxCompletion completion{.packet_type = ptype_of(packet.layout),
                          .rsc_segment_bytes = packet.segment_bytes,
                          .hash = packet.arrival.rss_hash,
                          .time_ns = static_cast<std::uint32_t>(packet.arrival.time_ns),
                          .has_time = packet.arrival.time_ns != 0,
                          .rsc = packet.segment_bytes != 0,
                          .checksums_verified = packet.checksums_verified};
  std::uint32_t left = packet.body_bytes;
  for (std::size_t i = 0; i < packet.buffer_count; ++i) {
    completion.buffer_id = packet.buffers[i].id;
    completion.packet_bytes = std::min<std::uint32_t>(left, config_.packet_buffer_bytes);
    left -= completion.packet_bytes;
    completion.split_header = i == 0 && (overflows || packet.is_split);
    completion.header_buffer_overflow = i == 0 && overflows;
    completion.header_bytes = completion.split_header ? packet.header_bytes : 0;
    completion.ends_packet = i + 1 == packet.buffer_count;
    completion.write_to(ring + cursor_.index() * kRxCompletionBytes, cursor_.generation());
    cursor_.advance(completions_.mask());
  }
}

}  // namespace nobounce::emulator::gvnic
