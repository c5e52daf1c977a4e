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
  /// Copies the piece to `to` and adds what was copied.
  void copy(std::byte* to, std::span<const std::byte> piece);
  /// Adds one 16-bit word, given in host order. Only between words, that is while the sum of the
  /// lengths added so far is even.
  void add_word(std::uint16_t word);

  /// The sum in host order, not complemented.
  [[nodiscard]] std::uint16_t sum() const;
  /// What a checksum field holds, in host order.
  [[nodiscard]] std::uint16_t checksum() const { return static_cast<std::uint16_t>(~sum()); }

 private:
  void join(std::uint64_t sum, std::size_t bytes);

  std::uint64_t sum_ = 0;  // of 16-bit words as they lie in memory, not folded
  bool is_odd_ = false;
};

/// Makes a frame one of Checksums::kPending: fills in the IPv4 header's checksum and puts the sum
/// of the pseudo header where L4's belongs. False, with nothing written, where the frame has no L4
/// checksum that this module knows (a fragment, no IP, another protocol).
bool leave_checksums_pending(std::span<std::byte> headers, const HeaderLayout& layout,
                             std::uint32_t payload_bytes);

/// Fills in the L4 checksum of a frame of Checksums::kPending in `header_copy`, a copy of its
/// headers; reads all payload. Of any other frame the headers are what they should be already.
void finish_checksums(std::span<std::byte> header_copy, const Frame& frame);

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
/// Of a frame of Checksums::kUnverified; any other is good.
ChecksumVerdict verify_checksums(const Frame& frame);

/// Finishes or verifies a frame's L4 checksum while its payload is copied, whichever the frame
/// needs; of a frame of Checksums::kGood it copies only. Bytes after the IP packet (link-layer
/// padding) are copied and not summed. All payload is to be put through it, in order.
class L4Checksum {
 public:
  /// Copies only.
  L4Checksum() = default;
  /// The frame must outlive it.
  explicit L4Checksum(const Frame& frame);

  void add(Piece next);
  void copy(std::byte* to, Piece next);

  /// Of a frame of Checksums::kUnverified; kBad right from the start where a header says so.
  [[nodiscard]] ChecksumVerdict verdict() const;
  /// Fills in the checksum of a frame of Checksums::kPending in a copy of its headers.
  void finish(std::span<std::byte> headers) const;

 private:
  const Frame* frame_ = nullptr;
  InternetChecksum sum_;
  std::size_t left_ = 0;  // bytes of L4 that are yet to come
  bool is_summed_ = false;
  ChecksumVerdict verdict_ = ChecksumVerdict::kGood;  // unless it is summed
};

}  // namespace nobounce::emulator::net
