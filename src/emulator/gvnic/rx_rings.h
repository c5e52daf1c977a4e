// SPDX-License-Identifier: Apache-2.0
// RxRings: the buffer and completion rings of a receive queue, and how packets go into them: begun
// with a frame, perhaps extended by more payload, completed. Which packets, in what order and cut
// how, is RxQueue's.
//
// Several packets may be open at once. Each has buffers of its own, and the completions of one lie
// side by side, as the driver expects; ids in them say which buffers they are.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "emulator/gvnic/descriptor_layout.h"
#include "emulator/gvnic/queue_config.h"
#include "emulator/gvnic/ring.h"
#include "emulator/gvnic/rx_packet.h"
#include "emulator/net/checksum.h"
#include "emulator/net/frame.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::gvnic {

enum class Placed {
  kDone,
  kNoBuffers,    ///< Too few are posted for all of it; none was taken.
  kTooBig,       ///< The ring could never hold enough buffers.
  kBadChecksum,  ///< Found while it was copied; no buffer was taken.
  kMalformed,    ///< A ring or a buffer is not in guest memory.
};

class RxRings {
 public:
  static Result<RxRings> open(const RxQueueConfig& config, const vfio_user::GuestMemory& memory);

  /// The driver's doorbell. False for an index that the ring does not have.
  [[nodiscard]] bool post(std::uint32_t tail);

  /// Makes `packet` of a frame: takes buffers and copies the payload into them, and verifies or
  /// finishes checksums on the way. A TSO frame becomes a coalesced packet.
  Placed begin(const net::Frame& frame, const Arrival& arrival, RxPacket& packet);
  /// Copies the payload of `frame` behind that of `packet`, verifying it on the way. The headers
  /// are the caller's concern.
  Placed append(const net::Frame& frame, RxPacket& packet);
  /// Writes the headers and hands all buffers to the driver. kDone or kMalformed.
  Placed complete(RxPacket& packet);

  /// Most buffers that a packet may ever take.
  [[nodiscard]] std::uint32_t max_buffers() const;
  /// True if a packet with so many header bytes gets them into a header buffer.
  [[nodiscard]] bool splits(std::size_t header_bytes) const {
    return header_bytes != 0 && header_bytes <= config_.header_buffer_bytes;
  }

 private:
  RxRings(const RxQueueConfig& config, const vfio_user::GuestMemory& memory);

  bool take_buffers(RxPacket& packet, std::size_t count) const;
  bool copy_payload(const net::Frame& frame, const RxPacket& packet, net::L4Checksum& sum) const;
  bool write_headers(RxPacket& packet) const;
  void write_completions(const RxPacket& packet, std::byte* ring);
  Placed fill(const net::Frame& frame, RxPacket& packet, net::L4Checksum& sum);

  RxQueueConfig config_;
  Ring buffers_;
  Ring completions_;
  const vfio_user::GuestMemory* memory_;
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  CompletionCursor cursor_;
};

}  // namespace nobounce::emulator::gvnic
