// SPDX-License-Identifier: Apache-2.0
// Two multiplications a word, and no word waits for another: the loops below run at the rate of
// the multiplier, far faster than any NIC on a machine that would use them.
#include "base/pattern.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/random.h"

namespace nobounce {
namespace {

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

constexpr std::uint64_t word_at(std::uint64_t key, std::uint64_t index) {
  return mix64(key + (index + 1) * kSplitMixStep);
}

/// The bytes before the first word boundary of the stream, at most `size`.
std::size_t head_bytes(std::size_t size, std::uint64_t position) {
  return std::min<std::size_t>(size, (kWordBytes - position % kWordBytes) % kWordBytes);
}

std::optional<std::size_t> first_difference(std::span<const std::byte> bytes, std::uint64_t seed,
                                            std::uint64_t position) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != pattern_byte(seed, position + i)) return i;
  }
  return std::nullopt;
}

}  // namespace

std::byte pattern_byte(std::uint64_t seed, std::uint64_t position) {
  const std::uint64_t word = word_at(mix64(seed), position / kWordBytes);
  return static_cast<std::byte>(word >> (8 * (position % kWordBytes)));
}

void fill_pattern(std::span<std::byte> bytes, std::uint64_t seed, std::uint64_t position) {
  const std::size_t head = head_bytes(bytes.size(), position);
  for (std::size_t i = 0; i < head; ++i)
    bytes[i] = pattern_byte(seed, position + i);

  const std::uint64_t key = mix64(seed);
  const std::uint64_t first_word = (position + head) / kWordBytes;
  const std::size_t words = (bytes.size() - head) / kWordBytes;
  std::byte* to = bytes.data() + head;
  for (std::size_t i = 0; i < words; ++i)
    store_le(to + i * kWordBytes, word_at(key, first_word + i));

  for (std::size_t i = head + words * kWordBytes; i < bytes.size(); ++i)
    bytes[i] = pattern_byte(seed, position + i);
}

std::optional<std::size_t> find_pattern_mismatch(std::span<const std::byte> bytes,
                                                 std::uint64_t seed, std::uint64_t position) {
  const std::size_t head = head_bytes(bytes.size(), position);
  if (const auto at = first_difference(bytes.first(head), seed, position)) return at;

  const std::uint64_t key = mix64(seed);
  const std::uint64_t first_word = (position + head) / kWordBytes;
  const std::size_t words = (bytes.size() - head) / kWordBytes;
  const std::byte* from = bytes.data() + head;
  std::size_t equal_words = 0;
  while (equal_words < words && load_le<std::uint64_t>(from + equal_words * kWordBytes) ==
                                    word_at(key, first_word + equal_words)) {
    ++equal_words;
  }

  // What is left is the tail after the last whole word, or begins with the word that differs.
  const std::size_t checked = head + equal_words * kWordBytes;
  const auto at = first_difference(bytes.subspan(checked), seed, position + checked);
  if (!at) return std::nullopt;
  return checked + *at;
}

}  // namespace nobounce
