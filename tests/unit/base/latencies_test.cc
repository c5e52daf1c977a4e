// SPDX-License-Identifier: Apache-2.0
#include "base/latencies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace nobounce {
namespace {

TEST(Latencies, OfNothingSayNothing) {
  const Latencies none;
  EXPECT_EQ(none.count(), 0u);
  EXPECT_EQ(none.min(), 0u);
  EXPECT_EQ(none.max(), 0u);
  EXPECT_FALSE(none.quantile(0.5).is_available());
}

TEST(Latencies, BucketsFollowEachOtherWithoutGap) {
  Latencies latencies;
  for (std::uint64_t ns = 0; ns < 100'000; ++ns)
    latencies.add(ns);
  std::uint64_t next = 0;
  std::uint64_t count = 0;
  latencies.for_each_bucket([&](std::uint64_t least, std::uint64_t most, std::uint64_t in_it) {
    EXPECT_EQ(least, next);
    EXPECT_LE((most - least) * 64, std::max<std::uint64_t>(least, 1));
    next = most + 1;
    count += in_it;
    // All of a bucket was added, but of the last one.
    if (most < 100'000) EXPECT_EQ(in_it, most - least + 1);
  });
  EXPECT_GE(next, 100'000u);
  EXPECT_EQ(count, 100'000u);
}

TEST(Latencies, QuantilesAreRightButForTheWidthOfABucket) {
  Random random(3);
  Latencies latencies;
  std::vector<std::uint64_t> sorted;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t ns = 1000 + random.below(1'000'000) * random.below(100);
    latencies.add(ns);
    sorted.push_back(ns);
  }
  std::ranges::sort(sorted);
  for (const double part : {0.5, 0.9, 0.99, 0.999}) {
    const auto rank = static_cast<std::size_t>(part * 20'000) - 1;
    const auto exact = static_cast<double>(sorted[rank]);
    const auto found = static_cast<double>(latencies.quantile(part).value());
    EXPECT_GE(found, exact) << part;
    EXPECT_LE(found, exact * (1 + 1.0 / 64) + 1) << part;
  }
  EXPECT_EQ(latencies.max(), sorted.back());
  EXPECT_EQ(latencies.min(), sorted.front());
}

TEST(Latencies, TailThatWasNotSeenIsNotGiven) {
  Latencies latencies;
  for (int i = 0; i < 100; ++i)
    latencies.add(1000);
  EXPECT_TRUE(latencies.quantile(0.99).is_available());
  ASSERT_FALSE(latencies.quantile(0.999).is_available());
  EXPECT_EQ(latencies.quantile(0.999).missing_probe(),
            "100 requests are too few for this part of them");
}

TEST(Latencies, WhatTakesForEverIsCounted) {
  Latencies latencies;
  latencies.add(~std::uint64_t{0});
  latencies.add(1);
  EXPECT_EQ(latencies.count(), 2u);
  EXPECT_EQ(latencies.max(), ~std::uint64_t{0});
  EXPECT_EQ(latencies.quantile(0.5).value(), 1u);
}

TEST(Latencies, OfSeveralAreAddedUp) {
  Latencies one;
  Latencies other;
  one.add(10);
  other.add(2000);
  other.add(3000);
  one.add(other);
  EXPECT_EQ(one.count(), 3u);
  EXPECT_EQ(one.min(), 10u);
  EXPECT_EQ(one.max(), 3000u);
  EXPECT_DOUBLE_EQ(one.mean(), 5010.0 / 3);
  one.add(Latencies());
  EXPECT_EQ(one.min(), 10u);
}

}  // namespace
}  // namespace nobounce
