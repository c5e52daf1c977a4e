// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/pcapng.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/bytes.h"

namespace nobounce::emulator::wire::pcapng {
namespace {

constexpr std::uint32_t kSectionHeaderBlock = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceDescriptionBlock = 1;
constexpr std::uint32_t kEnhancedPacketBlock = 6;

constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint64_t kUnknownSectionLength = ~std::uint64_t{0};
constexpr std::uint16_t kLinkTypeEthernet = 1;

constexpr std::uint16_t kOptionEnd = 0;
constexpr std::uint16_t kOptionComment = 1;
constexpr std::uint16_t kSectionHardware = 2;
constexpr std::uint16_t kSectionOs = 3;
constexpr std::uint16_t kSectionApplication = 4;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kInterfaceSpeed = 8;
constexpr std::uint16_t kInterfaceTimeResolution = 9;
constexpr std::uint16_t kPacketFlags = 2;
constexpr std::uint16_t kPacketQueue = 6;

constexpr std::uint8_t kNanoseconds = 9;  // 10^-9
// Bits 0 and 1: 2 is outbound. Bits 5 to 8, the length of an FCS: none is there.
constexpr std::uint32_t kOutboundWithoutFcs = 2;

/// One block, from its type to its length at the end.
class Block {
 public:
  Block(std::span<std::byte> to, std::uint32_t type) : to_(to) {
    put(type);
    put(std::uint32_t{0});  // the length, once it is known
  }

  template <std::unsigned_integral T>
  void put(T value) {
    assert(range_fits(size_, sizeof value, to_.size()));
    store_le(&to_[size_], value);
    size_ += sizeof value;
  }
  void put(std::span<const std::byte> bytes) {
    assert(range_fits(size_, bytes.size(), to_.size()));
    if (!bytes.empty()) std::memcpy(&to_[size_], bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void pad() {
    while (size_ % 4 != 0)
      put(std::uint8_t{0});
  }

  template <std::unsigned_integral T>
  void option(std::uint16_t code, T value) {
    put(code);
    put(static_cast<std::uint16_t>(sizeof value));
    put(value);
    pad();
  }
  void option(std::uint16_t code, std::string_view text) {
    const auto length = std::min<std::size_t>(text.size(), 0xffff);
    put(code);
    put(static_cast<std::uint16_t>(length));
    put(std::as_bytes(std::span(text.data(), length)));
    pad();
  }

  std::size_t end() {
    put(kOptionEnd);
    put(std::uint16_t{0});
    const auto length = static_cast<std::uint32_t>(size_ + sizeof(std::uint32_t));
    put(length);
    store_le(&to_[sizeof(std::uint32_t)], length);
    return size_;
  }

 private:
  std::span<std::byte> to_;
  std::size_t size_ = 0;
};

}  // namespace

std::size_t write(std::span<std::byte> to, const Section& section) {
  Block block(to, kSectionHeaderBlock);
  block.put(kByteOrderMagic);
  block.put(std::uint16_t{1});  // version 1.0
  block.put(std::uint16_t{0});
  block.put(kUnknownSectionLength);
  block.option(kSectionHardware, section.hardware);
  block.option(kSectionOs, section.os);
  block.option(kSectionApplication, section.application);
  return block.end();
}

std::size_t write(std::span<std::byte> to, const Interface& interface) {
  Block block(to, kInterfaceDescriptionBlock);
  block.put(kLinkTypeEthernet);
  block.put(std::uint16_t{0});
  block.put(interface.snap_bytes);
  block.option(kInterfaceName, interface.name);
  if (interface.speed_bits_per_s != 0) block.option(kInterfaceSpeed, interface.speed_bits_per_s);
  block.option(kInterfaceTimeResolution, kNanoseconds);
  return block.end();
}

std::size_t write(std::span<std::byte> to, const Packet& packet) {
  Block block(to, kEnhancedPacketBlock);
  block.put(packet.interface);
  block.put(static_cast<std::uint32_t>(packet.time_ns >> 32));
  block.put(static_cast<std::uint32_t>(packet.time_ns));
  block.put(packet.captured_bytes);
  block.put(packet.bytes);
  std::size_t left = packet.captured_bytes;
  const auto put_some = [&](net::Piece piece) {
    const net::Piece some = piece.first(std::min(left, piece.size()));
    block.put(some);
    left -= some.size();
  };
  put_some(packet.headers);
  for (const net::Piece& piece : packet.payload)
    put_some(piece);
  block.pad();
  if (!packet.comment.empty()) block.option(kOptionComment, packet.comment);
  block.option(kPacketFlags, kOutboundWithoutFcs);
  block.option(kPacketQueue, packet.queue);
  return block.end();
}

}  // namespace nobounce::emulator::wire::pcapng
