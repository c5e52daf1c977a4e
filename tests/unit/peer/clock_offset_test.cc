// SPDX-License-Identifier: Apache-2.0
#include "peer/clock_offset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/random.h"

namespace nobounce::peer {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kNow = 1'790'000'000'000'000'000;

/// A round trip between clocks that are `ahead` apart.
RoundTrip trip(std::int64_t ahead, std::uint64_t out, std::uint64_t there, std::uint64_t back) {
  const std::uint64_t arrival = kNow + out;
  return {.sent_here_ns = kNow,
          .received_there_ns = arrival + static_cast<std::uint64_t>(ahead),
          .sent_there_ns = arrival + there + static_cast<std::uint64_t>(ahead),
          .received_here_ns = arrival + there + back};
}

TEST(ClockOffset, IsExactWhereBothWaysAreAlike) {
  for (const std::int64_t ahead : {0LL, 1'500LL, -1'500LL, 3'600'000'000'000LL}) {
    const std::array trips = {trip(ahead, 1000, 50, 1000)};
    const auto offset = offset_of(trips);
    ASSERT_TRUE(offset.is_available());
    EXPECT_EQ(offset.value().ahead_ns, ahead);
    EXPECT_EQ(offset.value().round_trip_ns, 2000u);
  }
}

TEST(ClockOffset, NeverErrsByMoreThanItsBound) {
  Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto ahead = static_cast<std::int64_t>(random.below(1'000'001)) - 500'000;
    const std::array trips = {
        trip(ahead, random.below(3000), random.below(500), random.below(3000))};
    const ClockOffset offset = offset_of(trips).value();
    EXPECT_LE(std::abs(offset.ahead_ns - ahead), static_cast<std::int64_t>(offset.error_ns));
  }
}

TEST(ClockOffset, TakesTheQuickestOfTheRoundTrips) {
  const std::array trips = {trip(100, 9000, 10, 1000), trip(100, 500, 10, 520),
                            trip(100, 4000, 10, 90'000)};
  const ClockOffset offset = offset_of(trips).value();
  EXPECT_EQ(offset.round_trip_ns, 1020u);
  EXPECT_EQ(offset.error_ns, 511u);
}

TEST(ClockOffset, ImpossibleTimesAreOfNoUse) {
  RoundTrip backwards = trip(0, 1000, 50, 1000);
  std::swap(backwards.sent_here_ns, backwards.received_here_ns);
  RoundTrip longer_there = trip(0, 1000, 50, 1000);
  longer_there.sent_there_ns += 10'000;
  RoundTrip absurd = trip(0, 1000, 50, 1000);
  absurd.sent_there_ns = ~std::uint64_t{0};
  absurd.received_there_ns = ~std::uint64_t{0};
  const std::array bad = {backwards, longer_there, absurd};
  EXPECT_THAT(offset_of(bad).missing_probe(), HasSubstr("none of 3"));
  const std::array one_good = {backwards, trip(7, 100, 0, 100), absurd};
  EXPECT_EQ(offset_of(one_good).value().ahead_ns, 7);
  EXPECT_FALSE(offset_of({}).is_available());
}

}  // namespace
}  // namespace nobounce::peer
