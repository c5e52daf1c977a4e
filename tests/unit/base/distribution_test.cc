// SPDX-License-Identifier: Apache-2.0
#include "base/distribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <tuple>
#include <vector>

namespace nobounce {
namespace {

using Bucket = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;

std::vector<Bucket> buckets_of(const Distribution& distribution) {
  std::vector<Bucket> buckets;
  distribution.for_each_bucket([&](std::uint64_t least, std::uint64_t most, std::uint64_t count) {
    buckets.emplace_back(least, most, count);
  });
  return buckets;
}

TEST(Distribution, OfNothingIsAllZero) {
  const Distribution none;
  EXPECT_EQ(none.count(), 0u);
  EXPECT_EQ(none.min(), 0u);
  EXPECT_EQ(none.max(), 0u);
  EXPECT_EQ(none.mean(), 0);
  EXPECT_TRUE(buckets_of(none).empty());
}

TEST(Distribution, HasExtremesMeanAndDoublingBuckets) {
  Distribution distribution;
  for (const std::uint64_t value : {0, 1, 2, 3, 4, 7, 8, 875})
    distribution.add(value);
  EXPECT_EQ(distribution.count(), 8u);
  EXPECT_EQ(distribution.sum(), 900u);
  EXPECT_EQ(distribution.min(), 0u);
  EXPECT_EQ(distribution.max(), 875u);
  EXPECT_DOUBLE_EQ(distribution.mean(), 112.5);
  EXPECT_THAT(buckets_of(distribution),
              testing::ElementsAre(Bucket{0, 0, 1}, Bucket{1, 1, 1}, Bucket{2, 3, 2},
                                   Bucket{4, 7, 2}, Bucket{8, 15, 1}, Bucket{512, 1023, 1}));
}

TEST(Distribution, TakesTheLargestNumber) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  Distribution distribution;
  distribution.add(kMost);
  EXPECT_THAT(buckets_of(distribution),
              testing::ElementsAre(Bucket{std::uint64_t{1} << 63, kMost, 1}));
}

}  // namespace
}  // namespace nobounce
