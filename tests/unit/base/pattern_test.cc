// SPDX-License-Identifier: Apache-2.0
#include "base/pattern.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"

namespace nobounce {
namespace {

std::vector<std::byte> pattern(std::size_t size, std::uint64_t seed, std::uint64_t position) {
  std::vector<std::byte> bytes(size);
  fill_pattern(bytes, seed, position);
  return bytes;
}

TEST(Pattern, IsSplitMix64StartedAtTheMixedSeed) {
  const auto bytes = pattern(32, 5, 0);
  std::uint64_t state = mix64(5);
  for (std::size_t word = 0; word < 4; ++word) {
    state += kSplitMixStep;
    EXPECT_EQ(load_le<std::uint64_t>(bytes.data() + 8 * word), mix64(state));
  }
}

TEST(Pattern, IsTheSameHoweverTheRangeIsCut) {
  constexpr std::uint64_t kSeed = 99;
  constexpr std::size_t kSize = 67;
  constexpr std::uint64_t kFar = (std::uint64_t{1} << 40) + 3;
  for (const std::uint64_t start : {std::uint64_t{0}, kFar}) {
    const auto whole = pattern(kSize, kSeed, start);
    for (std::size_t from = 0; from <= kSize; ++from) {
      for (std::size_t to = from; to <= kSize; ++to) {
        const auto piece = pattern(to - from, kSeed, start + from);
        ASSERT_TRUE(std::equal(piece.begin(), piece.end(),
                               whole.begin() + static_cast<std::ptrdiff_t>(from)))
            << from << " to " << to;
        ASSERT_EQ(find_pattern_mismatch(piece, kSeed, start + from), std::nullopt);
      }
    }
    for (std::size_t i = 0; i < kSize; ++i)
      ASSERT_EQ(whole[i], pattern_byte(kSeed, start + i));
  }
}

TEST(Pattern, ReachesTheLastPosition) {
  constexpr std::uint64_t kPosition = UINT64_MAX - 20;
  const auto bytes = pattern(20, 1, kPosition);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    ASSERT_EQ(bytes[i], pattern_byte(1, kPosition + i));
  EXPECT_EQ(find_pattern_mismatch(bytes, 1, kPosition), std::nullopt);
}

TEST(Pattern, FindsTheFirstWrongBitWhereverItIs) {
  constexpr std::uint64_t kPosition = 5;
  auto bytes = pattern(61, 3, kPosition);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    bytes[at] ^= std::byte{1};
    bytes.back() ^= std::byte{0x80};
    EXPECT_EQ(find_pattern_mismatch(bytes, 3, kPosition), at);
    bytes.back() ^= std::byte{0x80};
    bytes[at] ^= std::byte{1};
  }
}

TEST(Pattern, TellsAnotherSeedAndAShiftApart) {
  const auto bytes = pattern(4096, 3, 0);
  EXPECT_TRUE(find_pattern_mismatch(bytes, 4, 0).has_value());
  for (const std::uint64_t shift : {1, 7, 8, 16, 1448, 4096, 65536})
    EXPECT_TRUE(find_pattern_mismatch(bytes, 3, shift).has_value()) << shift;
  EXPECT_TRUE(find_pattern_mismatch(std::vector<std::byte>(64), 0, 0).has_value());
}

TEST(Pattern, DoesNotRepeatPages) {
  std::set<std::vector<std::byte>> pages;
  for (std::uint64_t page = 0; page < 1000; ++page)
    pages.insert(pattern(16, 0, page * 4096));
  EXPECT_EQ(pages.size(), 1000u);
}

}  // namespace
}  // namespace nobounce
