// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace nobounce {
namespace {

TEST(Random, StirsLikeThePublishedSplitMix64) {
  // The first outputs from state 1234567, as the reference implementation gives them.
  std::uint64_t state = 1234567;
  for (const std::uint64_t expected :
       {std::uint64_t{6457827717110365317u}, std::uint64_t{3203168211198807973u},
        std::uint64_t{9817491932198370423u}, std::uint64_t{4593380528125082431u}}) {
    state += kSplitMixStep;
    EXPECT_EQ(mix64(state), expected);
  }
}

TEST(Random, OneSeedReplaysEverythingAndAnotherDoesNot) {
  Random first(42);
  Random again(42);
  Random other(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t value = first.next();
    EXPECT_EQ(value, again.next());
    differs |= value != other.next();
  }
  EXPECT_TRUE(differs);
}

TEST(Random, BelowReachesEveryValueUnderTheBoundAndNoOther) {
  Random random(1);
  std::array<int, 5> seen{};
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = random.below(seen.size());
    ASSERT_LT(value, seen.size());
    ++seen[value];
  }
  for (const int times : seen)
    EXPECT_GT(times, 100);
  EXPECT_EQ(random.below(1), 0u);
  // A bound above half of 2^64 rejects nearly every second draw.
  const std::uint64_t large = (std::uint64_t{1} << 63) + 1;
  for (int i = 0; i < 100; ++i)
    EXPECT_LT(random.below(large), large);
}

TEST(Random, ChanceKeepsItsProbability) {
  Random random(7);
  int hits = 0;
  for (int i = 0; i < 10000; ++i) {
    EXPECT_FALSE(random.chance(0));
    EXPECT_TRUE(random.chance(1));
    hits += random.chance(0.25) ? 1 : 0;
  }
  EXPECT_NEAR(hits, 2500, 200);
}

}  // namespace
}  // namespace nobounce
