// SPDX-License-Identifier: Apache-2.0
#include "emulator/net/toeplitz.h"

#include <cassert>

#include "base/bytes.h"

namespace nobounce::emulator::net {
namespace {

/// The 32 bits of the key that start at bit `bit`, counted from the most significant one.
std::uint32_t key_window(std::span<const std::byte, Toeplitz::kKeyBytes> key, std::size_t bit) {
  const std::size_t first = bit / 8;
  const std::uint64_t window = std::uint64_t{load_be<std::uint32_t>(&key[first])} << 8 |
                               static_cast<std::uint64_t>(key[first + 4]);
  return static_cast<std::uint32_t>(window >> (8 - bit % 8));
}
static_assert(8 * Toeplitz::kKeyBytes >= 8 * Toeplitz::kMaxInputBytes + 32);

}  // namespace

Toeplitz::Toeplitz(std::span<const std::byte, kKeyBytes> key) {
  for (std::size_t nibble = 0; nibble < table_.size(); ++nibble) {
    for (std::size_t value = 0; value < 16; ++value) {
      std::uint32_t sum = 0;
      for (std::size_t bit = 0; bit < 4; ++bit) {
        if ((value >> (3 - bit) & 1) != 0) sum ^= key_window(key, 4 * nibble + bit);
      }
      table_[nibble][value] = sum;
    }
  }
}

std::uint32_t Toeplitz::hash(std::span<const std::byte> input) const {
  assert(input.size() <= kMaxInputBytes);
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < input.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(input[i]);
    hash ^= table_[2 * i][byte >> 4] ^ table_[2 * i + 1][byte & 0xf];
  }
  return hash;
}

}  // namespace nobounce::emulator::net
