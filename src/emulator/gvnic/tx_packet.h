// SPDX-License-Identifier: Apache-2.0
// TxPacket: the descriptors of one packet, gathered from a TX ring and checked, and the frame that
// they ask for. What is done with the ring and its completions is TxQueue's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "emulator/gvnic/descriptor_layout.h"
#include "emulator/net/frame.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::gvnic {

class TxPacket {
 public:
  enum class Gathered {
    kWhole,
    kIncomplete,  ///< The last descriptor is not posted yet.
    kMalformed,
  };

  /// Reads the descriptors of the packet that starts at ring index `head`, of which `available` are
  /// posted. `ring` is our address of a ring of `mask` + 1 entries.
  Gathered gather(const std::byte* ring, std::uint32_t mask, std::uint32_t head,
                  std::uint32_t available, const vfio_user::GuestMemory& memory);

  /// The frame to send, good until the next gather; nullptr for one that is to be dropped.
  const net::Frame* frame();

  [[nodiscard]] std::uint32_t descriptors() const { return descriptors_; }
  [[nodiscard]] std::uint16_t completion_tag() const { return completion_tag_; }
  [[nodiscard]] bool wants_event() const { return wants_event_; }
  [[nodiscard]] bool is_tso() const { return mss_bytes_ != 0; }
  /// Frames that the packet is on a wire.
  [[nodiscard]] std::uint32_t segments() const {
    return is_tso() ? (tso_payload_bytes_ + mss_bytes_ - 1) / mss_bytes_ : 1;
  }

 private:
  void start();
  bool add_context(const TxDescriptor& descriptor);
  bool add_piece(const TxDescriptor& descriptor, const vfio_user::GuestMemory& memory);
  [[nodiscard]] bool is_consistent() const;
  void copy_headers(std::size_t bytes);
  [[nodiscard]] std::span<const net::Piece> payload_after(std::size_t header_bytes);
  bool finish_headers();

  std::uint32_t descriptors_ = 0;
  std::uint32_t frame_bytes_ = 0;
  std::uint32_t tso_payload_bytes_ = 0;
  std::uint16_t mss_bytes_ = 0;  // 0 without a TSO context
  std::uint16_t completion_tag_ = 0;
  std::uint8_t tso_header_bytes_ = 0;
  bool has_general_context_ = false;
  bool wants_checksum_ = false;
  bool wants_event_ = false;
  std::size_t piece_count_ = 0;
  std::array<net::Piece, net::kMaxPieces> pieces_;
  std::array<std::byte, net::kMaxHeaderBytes> headers_;
  net::Frame frame_;
};

}  // namespace nobounce::emulator::gvnic
