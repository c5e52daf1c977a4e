// SPDX-License-Identifier: Apache-2.0
// The loops are written once, over a vector type, and compiled for each width. Words of 32 bits are
// added into lanes of 64, so that no carry is lost; which of the two halves a word came from does
// not matter in the end.
#include "emulator/net/copy_sum.h"

#include <cstring>

namespace nobounce::emulator::net {
namespace {

typedef std::uint64_t Lanes16 __attribute__((vector_size(16)));
typedef std::uint64_t Lanes32 __attribute__((vector_size(32)));

/// What is left is less than a stride.
template <bool kCopies>
[[gnu::always_inline]] inline WordSum finish_sum(std::byte* to, const std::byte* at,
                                                 std::size_t left) {
  WordSum sum = 0;
  const auto take = [&]<typename Word>(Word word) __attribute__((always_inline)) {
    std::memcpy(&word, at, sizeof word);
    if constexpr (kCopies) {
      std::memcpy(to, &word, sizeof word);
      to += sizeof word;
    }
    at += sizeof word;
    sum += word;
  };
  for (; left >= 4; left -= 4)
    take(std::uint32_t{});
  if ((left & 2) != 0) take(std::uint16_t{});
  if ((left & 1) != 0) take(std::uint8_t{});
  return sum;
}

template <typename Lanes, bool kCopies>
[[gnu::always_inline]] inline WordSum sum_by(std::byte* to, std::span<const std::byte> from) {
  constexpr std::size_t kVector = sizeof(Lanes);
  constexpr std::size_t kStride = 4 * kVector;
  const std::byte* at = from.data();
  std::size_t left = from.size();
  // Accumulators that do not wait for each other.
  Lanes low0{}, low1{}, low2{}, low3{}, high0{}, high1{}, high2{}, high3{};
  const auto take = [&](std::size_t offset, Lanes& low, Lanes& high)
                        __attribute__((always_inline)) {
                          Lanes in;
                          std::memcpy(&in, at + offset, kVector);
                          if constexpr (kCopies) std::memcpy(to + offset, &in, kVector);
                          low += in & 0xffff'ffff;
                          high += in >> 32;
                        };
  for (; left >= kStride; at += kStride, left -= kStride) {
    take(0, low0, high0);
    take(kVector, low1, high1);
    take(2 * kVector, low2, high2);
    take(3 * kVector, low3, high3);
    if constexpr (kCopies) to += kStride;
  }
  for (; left >= kVector; at += kVector, left -= kVector) {
    take(0, low0, high0);
    if constexpr (kCopies) to += kVector;
  }
  const Lanes lanes = ((low0 + low1) + (low2 + low3)) + ((high0 + high1) + (high2 + high3));
  WordSum sum = finish_sum<kCopies>(to, at, left);
  for (std::size_t i = 0; i < kVector / sizeof(std::uint64_t); ++i)
    sum += lanes[i];
  return sum;
}

template <typename Lanes>
[[gnu::always_inline]] inline void copy_by(std::byte* to, std::span<const std::byte> from) {
  constexpr std::size_t kVector = sizeof(Lanes);
  const std::byte* at = from.data();
  std::size_t left = from.size();
  for (; left >= 4 * kVector; at += 4 * kVector, to += 4 * kVector, left -= 4 * kVector) {
    Lanes in0, in1, in2, in3;
    std::memcpy(&in0, at, kVector);
    std::memcpy(&in1, at + kVector, kVector);
    std::memcpy(&in2, at + 2 * kVector, kVector);
    std::memcpy(&in3, at + 3 * kVector, kVector);
    std::memcpy(to, &in0, kVector);
    std::memcpy(to + kVector, &in1, kVector);
    std::memcpy(to + 2 * kVector, &in2, kVector);
    std::memcpy(to + 3 * kVector, &in3, kVector);
  }
  std::memcpy(to, at, left);
}

struct Passes {
  WordSum (*copy_and_sum)(std::byte*, std::span<const std::byte>);
  void (*copy)(std::byte*, std::span<const std::byte>);
};
const Passes kWidest = cpu_has_avx2() ? Passes{copy_and_sum_avx2, copy_bytes_avx2}
                                      : Passes{copy_and_sum_sse2, copy_bytes_sse2};

}  // namespace

WordSum sum_words(std::span<const std::byte> bytes) {
  // Headers, mostly: too short for vectors to be worth setting up.
  if (bytes.size() < 4 * sizeof(Lanes16)) {
    return finish_sum<false>(nullptr, bytes.data(), bytes.size());
  }
  return sum_by<Lanes16, false>(nullptr, bytes);
}

WordSum copy_and_sum(std::byte* to, std::span<const std::byte> from) {
  return kWidest.copy_and_sum(to, from);
}

void copy_bytes(std::byte* to, std::span<const std::byte> from) {
  kWidest.copy(to, from);
}

WordSum copy_and_sum_sse2(std::byte* to, std::span<const std::byte> from) {
  return sum_by<Lanes16, true>(to, from);
}

[[gnu::target("avx2")]] WordSum copy_and_sum_avx2(std::byte* to, std::span<const std::byte> from) {
  return sum_by<Lanes32, true>(to, from);
}

void copy_bytes_sse2(std::byte* to, std::span<const std::byte> from) {
  copy_by<Lanes16>(to, from);
}

[[gnu::target("avx2")]] void copy_bytes_avx2(std::byte* to, std::span<const std::byte> from) {
  copy_by<Lanes32>(to, from);
}

bool cpu_has_avx2() {
  return __builtin_cpu_supports("avx2") != 0;
}

}  // namespace nobounce::emulator::net
