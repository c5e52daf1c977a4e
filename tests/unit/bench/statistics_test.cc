// SPDX-License-Identifier: Apache-2.0
#include "bench/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <vector>

#include "base/random.h"
#include "bench/schedule.h"

namespace nobounce::bench {
namespace {

using testing::HasSubstr;
using Pairs = std::vector<std::pair<double, double>>;

TEST(Middle, DropsTheFirstAndTheLastByTimeNotBySize) {
  const std::vector<double> runs = {2, 10, 12, 11, 9};
  const auto middle = middle_of(runs, 1);
  ASSERT_TRUE(middle.is_available());
  EXPECT_DOUBLE_EQ(middle.value().mean, 11);
  EXPECT_EQ(middle.value().least, 10);
  EXPECT_EQ(middle.value().most, 12);
  EXPECT_DOUBLE_EQ(middle.value().deviation, 1);
  EXPECT_EQ(middle.value().runs, 5u);
  EXPECT_EQ(middle.value().averaged, 3u);
}

TEST(Middle, OneRunHasNoDeviation) {
  const auto middle = middle_of(std::array{4.0}, 0);
  ASSERT_TRUE(middle.is_available());
  EXPECT_EQ(middle.value().mean, 4);
  EXPECT_EQ(middle.value().deviation, 0);
}

TEST(Middle, NothingLeftIsSaidNotAveraged) {
  const auto middle = middle_of(std::array{4.0, 5.0}, 1);
  ASSERT_FALSE(middle.is_available());
  EXPECT_THAT(middle.missing_probe(), HasSubstr("2 runs"));
  EXPECT_FALSE(middle_of({}, 0).is_available());
}

// Pairs whose first is `factor` times the second, with noise that both share and a little of their
// own.
Pairs noisy_pairs(double factor, std::size_t count) {
  Random random(5);
  Pairs pairs;
  for (std::size_t i = 0; i < count; ++i) {
    const double weather = 1 + static_cast<double>(random.below(1000)) / 500;
    const double own = 1 + (static_cast<double>(random.below(1000)) - 500) / 10'000;
    pairs.emplace_back(factor * weather * own, weather);
  }
  return pairs;
}

TEST(RatioOfPairs, FindsWhatIsThereBehindSharedNoise) {
  const auto ratio = ratio_of(noisy_pairs(1.3, 15), 1);
  ASSERT_TRUE(ratio.is_available());
  EXPECT_NEAR(ratio.value().median, 1.3, 0.06);
  EXPECT_LT(ratio.value().low, ratio.value().median);
  EXPECT_GT(ratio.value().high, ratio.value().median);
  EXPECT_GT(ratio.value().low, 1.2);
  EXPECT_TRUE(ratio.value().shows_difference());
  EXPECT_EQ(ratio.value().pairs, 15u);
}

TEST(RatioOfPairs, ShowsNoDifferenceWhereTheIntervalHoldsOne) {
  Pairs pairs;
  for (int i = -7; i <= 7; ++i)
    pairs.emplace_back(1 + 0.01 * i, 1);
  const auto ratio = ratio_of(pairs, 1);
  ASSERT_TRUE(ratio.is_available());
  EXPECT_EQ(ratio.value().median, 1);
  EXPECT_LT(ratio.value().low, 1);
  EXPECT_GT(ratio.value().high, 1);
  EXPECT_FALSE(ratio.value().shows_difference());
}

TEST(RatioOfPairs, SameSeedSameInterval) {
  const Pairs pairs = noisy_pairs(1.1, 7);
  const auto one = ratio_of(pairs, 3);
  const auto two = ratio_of(pairs, 3);
  EXPECT_EQ(one.value().low, two.value().low);
  EXPECT_EQ(one.value().high, two.value().high);
}

TEST(RatioOfPairs, EqualRatiosHaveAnIntervalOfNoWidth) {
  const auto ratio = ratio_of(Pairs{{2, 1}, {4, 2}, {6, 3}}, 1);
  EXPECT_EQ(ratio.value().low, 2);
  EXPECT_EQ(ratio.value().median, 2);
  EXPECT_EQ(ratio.value().high, 2);
}

TEST(RatioOfPairs, IsNotMadeUp) {
  EXPECT_FALSE(ratio_of(Pairs{{1, 1}}, 1).is_available());
  EXPECT_FALSE(ratio_of(Pairs{{1, 1}, {1, 0}}, 1).is_available());
}

TEST(Roi, IsThroughputToTheNOverCostToTheM) {
  EXPECT_DOUBLE_EQ(roi_of(10, 200, {}).value(), 0.5);
  EXPECT_DOUBLE_EQ(roi_of(5, 100, {}).value(), 0.25);  // The talk's example: the first is better.
  EXPECT_DOUBLE_EQ(roi_of(8, 4, {.throughput = 1, .cost = 2}).value(), 0.5);
  EXPECT_FALSE(roi_of(8, 0, {}).is_available());
}

TEST(Schedule, EachRoundHasEachCellOnce) {
  const auto turns = schedule(std::vector<std::uint64_t>(5, 3), 1, 42);
  ASSERT_EQ(turns.size(), 20u);
  for (std::uint64_t round = 0; round < 4; ++round) {
    std::set<std::size_t> cells;
    for (std::size_t i = 0; i < 5; ++i) {
      const Turn& turn = turns[round * 5 + i];
      EXPECT_EQ(turn.round, round);
      EXPECT_EQ(turn.warm_up, round == 0);
      cells.insert(turn.cell);
    }
    EXPECT_EQ(cells.size(), 5u);
  }
}

TEST(Schedule, CellThatHasItsRunsStandsBack) {
  std::map<std::size_t, std::vector<std::uint64_t>> rounds;
  for (const Turn& turn : schedule(std::vector<std::uint64_t>{1, 3}, 1, 7))
    rounds[turn.cell].push_back(turn.round);
  EXPECT_EQ(rounds[0], (std::vector<std::uint64_t>{0, 1}));
  EXPECT_EQ(rounds[1], (std::vector<std::uint64_t>{0, 1, 2, 3}));
  EXPECT_TRUE(schedule(std::vector<std::uint64_t>{}, 1, 7).empty());
}

TEST(Schedule, SeedDecidesTheOrder) {
  const auto order = [](std::uint64_t seed) {
    std::vector<std::size_t> cells;
    for (const Turn& turn : schedule(std::vector<std::uint64_t>(8, 4), 0, seed))
      cells.push_back(turn.cell);
    return cells;
  };
  EXPECT_EQ(order(1), order(1));
  EXPECT_NE(order(1), order(2));
  const auto first = order(1);
  EXPECT_NE(std::vector(first.begin(), first.begin() + 8),
            std::vector(first.begin() + 8, first.begin() + 16));
}

}  // namespace
}  // namespace nobounce::bench
