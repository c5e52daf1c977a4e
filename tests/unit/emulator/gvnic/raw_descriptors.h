// SPDX-License-Identifier: Apache-2.0
// TX descriptors as a driver writes them, byte by byte: for the driver doubles of tests and
// benchmarks. Source: gve_desc_dqo.h of the Linux kernel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace nobounce::emulator::gvnic {

using RawDescriptor = std::array<std::byte, 16>;

struct PacketBits {
  bool end = true;
  bool checksum = false;
  bool event = false;
  std::uint16_t tag = 0;
};

inline RawDescriptor packet_descriptor(std::uint64_t address, std::uint32_t bytes,
                                       PacketBits bits = {}) {
  RawDescriptor raw{};
  store_le(&raw[0], address);
  raw[8] = std::byte(0x0c | bits.end << 5 | bits.checksum << 6 | bits.event << 7);
  store_le(&raw[12], bits.tag);
  store_le(&raw[14], static_cast<std::uint16_t>(bytes));
  return raw;
}

inline RawDescriptor tso_context(std::uint32_t payload_bytes, std::uint16_t mss,
                                 std::uint8_t header_bytes) {
  RawDescriptor raw{};
  store_le(&raw[0], payload_bytes | 0xee00'0000);  // metadata shares the word
  store_le(&raw[4], mss);
  raw[6] = std::byte{header_bytes};
  raw[8] = std::byte{0x05 | 0x20};
  raw[15] = std::byte{0xee};
  return raw;
}

inline RawDescriptor general_context() {
  RawDescriptor raw;
  raw.fill(std::byte{0xee});
  raw[8] = std::byte{0x04};
  return raw;
}

}  // namespace nobounce::emulator::gvnic
