// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/rx_rings.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>

#include "emulator/gvnic/packet_type.h"

namespace nobounce::emulator::gvnic {
namespace {

using vfio_user::DmaAccess;

/// Fills buffers of one size, one after the other; there are enough for what is put.
class Scatter {
 public:
  Scatter(std::byte* const* next, std::size_t buffer_bytes)
      : next_(next), buffer_bytes_(buffer_bytes) {}

  void put(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      if (room_ == 0) {
        to_ = *next_++;
        room_ = buffer_bytes_;
      }
      const std::size_t taken = std::min(bytes.size(), room_);
      std::memcpy(to_, bytes.data(), taken);
      bytes = bytes.subspan(taken);
      to_ += taken;
      room_ -= taken;
    }
  }

 private:
  std::byte* const* next_;
  std::size_t buffer_bytes_;
  std::byte* to_ = nullptr;
  std::size_t room_ = 0;
};

}  // namespace

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
  return std::min<std::uint32_t>(buffers_.mask(), kMaxPacketBuffers);
}

Placed RxRings::place(const net::Frame& packet, std::uint32_t rss_hash) {
  const bool split = splits(packet.headers.size());
  const auto header_bytes = static_cast<std::uint32_t>(packet.headers.size());
  const std::uint32_t body_bytes = packet.payload_bytes + (split ? 0 : header_bytes);
  // A packet that is all header still takes a buffer: that is where its header buffer hangs.
  const std::uint32_t needed = std::max<std::uint32_t>(
      1, (body_bytes + config_.packet_buffer_bytes - 1) / config_.packet_buffer_bytes);
  if (needed > max_buffers()) return Placed::kTooBig;
  if (needed > ((tail_ - head_) & buffers_.mask())) return Placed::kNoBuffers;

  Targets targets;
  targets.count = needed;
  std::byte* const completions = completions_.locate(*memory_, DmaAccess::kWrite);
  if (completions == nullptr || !find_targets(packet, body_bytes, targets)) {
    return Placed::kMalformed;
  }
  Scatter body(targets.buffers.data(), config_.packet_buffer_bytes);
  if (split) {
    std::memcpy(targets.header, packet.headers.data(), packet.headers.size());
  } else {
    body.put(packet.headers);
  }
  for (const net::Piece& piece : packet.payload)
    body.put(piece);
  complete(packet, rss_hash, targets, completions);
  return Placed::kDone;
}

bool RxRings::find_targets(const net::Frame& packet, std::uint32_t body_bytes,
                           Targets& targets) const {
  const std::byte* const ring = buffers_.locate(*memory_, DmaAccess::kRead);
  if (ring == nullptr) return false;
  for (std::size_t i = 0; i < targets.count; ++i) {
    const std::size_t index = (head_ + i) & buffers_.mask();
    const auto buffer = RxBuffer::read_from(ring + index * kRxBufferBytes);
    if (i == 0 && splits(packet.headers.size())) {
      targets.header =
          memory_->translate(buffer.header_address, packet.headers.size(), DmaAccess::kWrite);
      if (targets.header == nullptr) return false;
    }
    const std::uint32_t used = std::min<std::uint32_t>(body_bytes, config_.packet_buffer_bytes);
    targets.ids[i] = buffer.id;
    targets.bytes[i] = static_cast<std::uint16_t>(used);
    if (used != 0) {
      targets.buffers[i] = memory_->translate(buffer.address, used, DmaAccess::kWrite);
      if (targets.buffers[i] == nullptr) return false;
    }
    body_bytes -= used;
  }
  return true;
}

/// The driver takes packet type, checksum and RSC from the last completion, the header from the
/// first: what describes the whole packet goes into all of them.
void RxRings::complete(const net::Frame& packet, std::uint32_t rss_hash, const Targets& targets,
                       std::byte* completions) {
  const bool overflows =
      config_.header_buffer_bytes != 0 && packet.headers.size() > config_.header_buffer_bytes;
  RxCompletion completion{.packet_type = ptype_of(packet.layout),
                          .rsc_segment_bytes = packet.segment_bytes,
                          .hash = rss_hash,
                          .rsc = packet.segment_bytes != 0,
                          .checksums_verified = packet.checksums != net::Checksums::kUnverified};
  for (std::size_t i = 0; i < targets.count; ++i) {
    completion.buffer_id = targets.ids[i];
    completion.packet_bytes = targets.bytes[i];
    completion.split_header = i == 0 && (overflows || splits(packet.headers.size()));
    completion.header_buffer_overflow = i == 0 && overflows;
    completion.header_bytes =
        completion.split_header ? static_cast<std::uint32_t>(packet.headers.size()) : 0;
    completion.ends_packet = i + 1 == targets.count;
    completion.write_to(completions + cursor_.index() * kRxCompletionBytes, cursor_.generation());
    cursor_.advance(completions_.mask());
  }
  head_ = static_cast<std::uint32_t>(head_ + targets.count) & buffers_.mask();
}

}  // namespace nobounce::emulator::gvnic
