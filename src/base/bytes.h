// SPDX-License-Identifier: Apache-2.0
// Loads and stores of fixed byte order from raw bytes, with no alignment demanded. Every layout
// that crosses a trust boundary is read through these, once, into a local value.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace nobounce {

static_assert(std::endian::native == std::endian::little, "only x86-64 is supported");

template <std::unsigned_integral T>
constexpr T byte_swap(T value) {
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}

template <std::unsigned_integral T>
inline T load_le(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <std::unsigned_integral T>
inline T load_be(const void* from) {
  return byte_swap(load_le<T>(from));
}

template <std::unsigned_integral T>
inline void store_le(void* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

template <std::unsigned_integral T>
inline void store_be(void* to, T value) {
  store_le(to, byte_swap(value));
}

/// An integer that lies in memory in network byte order; for structs that mirror a wire layout.
template <std::unsigned_integral T>
struct BigEndian {
  T raw = 0;

  constexpr BigEndian() = default;
  constexpr BigEndian(T value) : raw(byte_swap(value)) {}  // NOLINT(google-explicit-constructor)
  constexpr operator T() const { return byte_swap(raw); }  // NOLINT(google-explicit-constructor)
};

using Be16 = BigEndian<std::uint16_t>;
using Be32 = BigEndian<std::uint32_t>;
using Be64 = BigEndian<std::uint64_t>;

/// True if [offset, offset + length) lies within `size`; never overflows.
constexpr bool range_fits(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

}  // namespace nobounce
