// SPDX-License-Identifier: Apache-2.0
// Packets through descriptors that keep their bounds: one packet a call, from and into pieces,
// never waiting. Made for data paths: nothing is allocated, and what can't be done is a value.
#pragma once

#include <cstddef>
#include <span>

namespace nobounce::sys {

inline constexpr std::size_t kMaxPacketPieces = 260;

struct PacketResult {
  enum class Outcome {
    kDone,
    kWouldBlock,  ///< Nothing to read, or no room to write.
    kFailed,      ///< See sys_errno.
  };
  Outcome outcome = Outcome::kFailed;
  std::size_t bytes = 0;  ///< Of a packet that was read, as far as it had room.
  int sys_errno = 0;
};

/// Writes one packet of at most kMaxPacketPieces pieces to a device.
PacketResult write_packet(int fd, std::span<const std::span<const std::byte>> pieces);
/// Reads one packet from a device into at most kMaxPacketPieces pieces. What does not fit is lost.
PacketResult read_packet(int fd, std::span<const std::span<std::byte>> pieces);

}  // namespace nobounce::sys
