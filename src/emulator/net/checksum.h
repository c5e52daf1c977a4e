// SPDX-License-Identifier: Apache-2.0
// The Internet checksum (RFC 1071) over bytes in pieces, and the checksums of a frame by it: IPv4
// header, TCP, UDP, ICMP and ICMPv6. SCTP's CRC32c is not done here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "emulator/net/frame.h"
#include "emulator/net/headers.h"

namespace nobounce::emulator::net {

/// Adds bytes up, piece by piece; a piece may have any length and alignment.
class InternetChecksum {
 public:
  void add(std::span<const std::byte> piece);
  /// Adds one 16-bit word, given in host order. Only between words, that is while the sum of the
  /// lengths added so far is even.
  void add_word(std::uint16_t word);

  /// The sum in host order, not complemented.
  [[nodiscard]] std::uint16_t sum() const;
  /// What a checksum field holds, in host order.
  [[nodiscard]] std::uint16_t checksum() const { return static_cast<std::uint16_t>(~sum()); }

 private:
  std::uint64_t sum_ = 0;  // of 16-bit words as they lie in memory, not folded
  bool is_odd_ = false;
};

/// Fills in the checksums of a frame whose headers the caller may write: the IPv4 header's, and
/// L4's over headers and payload. False, with nothing written, where the frame has no L4 checksum
/// that this module knows (a fragment, no IP, another protocol).
bool fill_checksums(std::span<std::byte> headers, const HeaderLayout& layout,
                    std::span<const Piece> payload, std::uint32_t payload_bytes);

/// Sets what depends on a TCP or UDP frame's length after its payload was cut or joined: IP and UDP
/// lengths (0 where 16 bits can't hold them), the IPv4 header checksum, and in the L4 checksum
/// field the sum of the pseudo header alone, as it stands in a frame that is yet to be segmented.
void set_lengths(std::span<std::byte> headers, const HeaderLayout& layout,
                 std::uint32_t payload_bytes);

enum class ChecksumVerdict {
  kGood,
  kBad,      ///< The IPv4 header's or L4's checksum is wrong.
  kUnknown,  ///< Nothing is wrong, but L4 could not be verified.
};
ChecksumVerdict verify_checksums(const Frame& frame);

}  // namespace nobounce::emulator::net
