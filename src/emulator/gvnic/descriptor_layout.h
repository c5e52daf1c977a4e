// SPDX-License-Identifier: Apache-2.0
// DQO descriptors: the little-endian bytes that the driver and the NIC leave each other in rings,
// and the values that they hold. Source: gve_desc_dqo.h of the Linux kernel.
//
//   ring            entry     who writes it
//   TX descriptor   16 bytes  driver: contexts and packet descriptors, told apart by a type
//   TX completion    8 bytes  NIC
//   RX buffer       32 bytes  driver
//   RX completion   32 bytes  NIC
//
// A completion is new to the driver once its generation bit differs from the pass before: 1 on the
// first pass over a ring, then flipping. The first 8 bytes hold it, and are stored last.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace nobounce::emulator::gvnic {

inline constexpr std::size_t kTxDescriptorBytes = 16;
inline constexpr std::size_t kTxCompletionBytes = 8;
inline constexpr std::size_t kRxBufferBytes = 32;
inline constexpr std::size_t kRxCompletionBytes = 32;

// What the hardware can do; the driver keeps to it, and is held to it.
inline constexpr std::uint32_t kMinMssBytes = 88;
inline constexpr std::uint32_t kMaxMssBytes = 9728;
inline constexpr std::uint32_t kMinFrameBytes = 17;
inline constexpr std::uint32_t kMaxFrameBytes = 9728;  ///< Of a frame sent as it is.
inline constexpr std::uint32_t kMaxTsoPayloadBytes = (1u << 18) - 1;
/// Packet descriptors that a frame sent as it is, or one segment of a TSO packet, may lie in.
inline constexpr std::uint32_t kMaxSegmentDescriptors = 10;
/// What the 14 bits of a buffer's or a piece's length hold.
inline constexpr std::uint32_t kMaxBufferBytes = (1u << 14) - 1;

/// 8 bytes that the driver has written, read once: it may change them at any time, and no compiler
/// may look at them again. `entry` is aligned, since rings are.
inline std::uint64_t read_word(const std::byte* entry) {
  auto* const word = reinterpret_cast<std::uint64_t*>(const_cast<std::byte*>(entry));
  return std::atomic_ref(*word).load(std::memory_order_relaxed);
}

/// A TX descriptor, copied out of the ring; the accessors read the copy.
class TxDescriptor {
 public:
  enum Type : std::uint8_t { kGeneralContext = 0x04, kTsoContext = 0x05, kPacket = 0x0c };

  explicit TxDescriptor(const std::byte* entry)
      : first_(read_word(entry)), second_(read_word(entry + 8)) {}

  /// The low 5 bits of byte 8, in every kind.
  [[nodiscard]] std::uint8_t type() const { return second_ & 0x1f; }

  // A packet descriptor: address, flags, completion tag, length.
  [[nodiscard]] std::uint64_t address() const { return first_; }
  [[nodiscard]] bool ends_packet() const { return (second_ & 0x20) != 0; }
  [[nodiscard]] bool wants_checksum() const { return (second_ & 0x40) != 0; }
  [[nodiscard]] bool wants_event() const { return (second_ & 0x80) != 0; }
  [[nodiscard]] std::uint16_t completion_tag() const { return second_ >> 32 & 0xffff; }
  [[nodiscard]] std::uint32_t buffer_bytes() const { return second_ >> 48 & kMaxBufferBytes; }

  // A TSO context; what else it holds is metadata that this NIC has no use for.
  [[nodiscard]] std::uint32_t tso_payload_bytes() const { return first_ & 0xff'ffff; }
  [[nodiscard]] std::uint16_t mss_bytes() const { return first_ >> 32 & 0x3fff; }
  [[nodiscard]] std::uint8_t header_bytes() const { return first_ >> 48 & 0xff; }

 private:
  std::uint64_t first_;
  std::uint64_t second_;
};

/// Stores the 8 bytes that hold a generation bit, after all that was stored before. `entry` is
/// aligned, since rings are.
inline void publish(std::byte* entry, std::uint64_t word) {
  std::atomic_ref(*reinterpret_cast<std::uint64_t*>(entry)).store(word, std::memory_order_release);
}

struct TxCompletion {
  enum class Type : std::uint8_t { kPacket = 2, kDescriptor = 4 };

  std::uint32_t queue_id = 0;  ///< 11 bits.
  Type type = Type::kPacket;
  std::uint16_t value = 0;  ///< The packet's completion tag; or one past the last index fetched.

  void write_to(std::byte* entry, bool generation) const {
    publish(entry, (queue_id & 0x7ff) | std::uint64_t{static_cast<std::uint8_t>(type)} << 11 |
                       std::uint64_t{generation} << 15 | std::uint64_t{value} << 16);
  }
};

/// A buffer that the driver has posted, copied out of the ring.
struct RxBuffer {
  std::uint16_t id = 0;
  std::uint64_t address = 0;
  std::uint64_t header_address = 0;

  static RxBuffer read_from(const std::byte* entry) {
    return {.id = static_cast<std::uint16_t>(read_word(entry)),
            .address = read_word(entry + 8),
            .header_address = read_word(entry + 16)};
  }
};

struct RxCompletion {
  std::uint16_t buffer_id = 0;
  std::uint32_t packet_bytes = 0;  ///< In this buffer; 14 bits.
  std::uint32_t header_bytes = 0;  ///< In the header buffer; 10 bits.
  std::uint16_t packet_type = 0;   ///< 10 bits; see packet_type.h.
  std::uint16_t rsc_segment_bytes = 0;
  std::uint32_t hash = 0;
  std::uint32_t time_ns = 0;  ///< The low half of when it arrived, if `has_time`.
  bool has_time = false;
  bool ends_packet = false;
  bool split_header = false;
  bool header_buffer_overflow = false;  ///< The headers did not fit and lie in the packet buffer.
  bool rsc = false;
  bool checksums_verified = false;  ///< "L3 and L4 processed"; the error bits beside it stay 0.

  void write_to(std::byte* entry, bool generation) const {
    constexpr std::uint64_t kDescriptorId = 1;
    constexpr std::uint64_t kDone = 0x01;
    // Whole words: small stores that are read back as one large one would stall the CPU.
    const std::uint64_t status = kDone | std::uint64_t{ends_packet} << 1 |
                                 std::uint64_t{header_buffer_overflow} << 2 |
                                 std::uint64_t{checksums_verified} << 3;
    // The other seven bits beside `has_time` are parts of a nanosecond.
    store_le(entry + 8, status | std::uint64_t{has_time} << 24 | std::uint64_t{buffer_id} << 32 |
                            std::uint64_t{rsc_segment_bytes} << 48);
    store_le(entry + 16, std::uint64_t{hash});
    store_le(entry + 24, std::uint64_t{time_ns} << 32);
    publish(entry, kDescriptorId | std::uint64_t{packet_type} << 16 |
                       std::uint64_t{packet_bytes} << 32 | std::uint64_t{generation} << 46 |
                       std::uint64_t{header_bytes} << 48 | std::uint64_t{rsc} << 58 |
                       std::uint64_t{split_header} << 59);
  }
};

}  // namespace nobounce::emulator::gvnic
