// SPDX-License-Identifier: Apache-2.0
// RxRings: the buffer and completion rings of a receive queue, and how one packet goes into them.
// Which packets, in what order and cut how, is RxQueue's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "emulator/gvnic/descriptor_layout.h"
#include "emulator/gvnic/queue_config.h"
#include "emulator/gvnic/ring.h"
#include "emulator/net/frame.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::gvnic {

enum class Placed {
  kDone,
  kNoBuffers,  ///< Too few are posted for the whole packet; none was used.
  kTooBig,     ///< The ring could never hold enough buffers.
  kMalformed,  ///< A ring or a buffer is not in guest memory.
};

class RxRings {
 public:
  /// Most buffers that a packet is spread over.
  static constexpr std::size_t kMaxPacketBuffers = 64;

  static Result<RxRings> open(const RxQueueConfig& config, const vfio_user::GuestMemory& memory);

  /// The driver's doorbell. False for an index that the ring does not have.
  [[nodiscard]] bool post(std::uint32_t tail);

  /// Copies a packet into the next buffers and completes them.
  Placed place(const net::Frame& packet, std::uint32_t rss_hash);

  /// Most buffers that a packet may ever take.
  [[nodiscard]] std::uint32_t max_buffers() const;
  /// True if a packet with so many header bytes gets them into a header buffer.
  [[nodiscard]] bool splits(std::size_t header_bytes) const {
    return header_bytes != 0 && header_bytes <= config_.header_buffer_bytes;
  }

 private:
  /// A packet's buffers, translated: all of them are known to be good before any is written.
  struct Targets {
    std::byte* header = nullptr;
    std::size_t count = 0;
    std::array<std::byte*, kMaxPacketBuffers> buffers;  // the first `count` are set
    std::array<std::uint16_t, kMaxPacketBuffers> bytes;
    std::array<std::uint16_t, kMaxPacketBuffers> ids;
  };

  RxRings(const RxQueueConfig& config, const vfio_user::GuestMemory& memory);
  bool find_targets(const net::Frame& packet, std::uint32_t body_bytes, Targets& targets) const;
  void complete(const net::Frame& packet, std::uint32_t rss_hash, const Targets& targets,
                std::byte* completions);

  RxQueueConfig config_;
  Ring buffers_;
  Ring completions_;
  const vfio_user::GuestMemory* memory_;
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  CompletionCursor cursor_;
};

}  // namespace nobounce::emulator::gvnic
