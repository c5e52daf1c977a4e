// SPDX-License-Identifier: Apache-2.0
#include "base/crc32c.h"

#include <nmmintrin.h>

#include <array>

#include "base/bytes.h"

namespace nobounce {
namespace {

constexpr std::uint32_t kReflectedPolynomial = 0x82f63b78;
constexpr std::size_t kStepBytes = sizeof(std::uint64_t);

using Table = std::array<std::uint32_t, 256>;

// Table k advances the CRC of a byte by the k bytes that follow it, so that the eight bytes of a
// word are looked up independently of each other.
constexpr std::array<Table, kStepBytes> kTables = [] {
  std::array<Table, kStepBytes> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ ((crc & 1) != 0 ? kReflectedPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < kStepBytes; ++k)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = before >> 8 ^ tables[0][before & 0xff];
    }
  return tables;
}();

// The instruction takes three cycles and can start each cycle: three streams at a time would be
// three times as fast, and SHA-256, which is always computed beside it, would hide that.
[[gnu::target("sse4.2")]] std::uint32_t by_instruction(std::uint32_t crc,
                                                       std::span<const std::byte> bytes) {
  std::uint64_t state = ~crc;
  while (bytes.size() >= kStepBytes) {
    state = _mm_crc32_u64(state, load_le<std::uint64_t>(bytes.data()));
    bytes = bytes.subspan(kStepBytes);
  }
  auto tail = static_cast<std::uint32_t>(state);
  for (const std::byte byte : bytes)
    tail = _mm_crc32_u8(tail, std::to_integer<std::uint8_t>(byte));
  return ~tail;
}

}  // namespace

std::uint32_t crc32c_by_tables(std::uint32_t crc, std::span<const std::byte> bytes) {
  std::uint32_t state = ~crc;
  while (bytes.size() >= kStepBytes) {
    const std::uint64_t word = load_le<std::uint64_t>(bytes.data()) ^ state;
    state = 0;
    for (std::size_t i = 0; i < kStepBytes; ++i)
      state ^= kTables[kStepBytes - 1 - i][word >> (8 * i) & 0xff];
    bytes = bytes.subspan(kStepBytes);
  }
  for (const std::byte byte : bytes)
    state = state >> 8 ^ kTables[0][(state ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
  return ~state;
}

std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes) {
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  return has_instruction ? by_instruction(crc, bytes) : crc32c_by_tables(crc, bytes);
}

}  // namespace nobounce
