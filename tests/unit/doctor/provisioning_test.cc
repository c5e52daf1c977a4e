// SPDX-License-Identifier: Apache-2.0
#include "doctor/provisioning.h"

#include <gtest/gtest.h>

#include <limits>

namespace nobounce::doctor {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

TEST(Provisioning, IsTwiceTheWayPlusTheRingPlusWhatIsHeld) {
  const Provisioning need = provision({.speed_mbit_per_s = 200'000,
                                       .round_trip_ns = 100'000,
                                       .ring_entries = 1024,
                                       .buffer_bytes = 4096,
                                       .hold_ns = 1'000'000});
  EXPECT_EQ(need.bandwidth_delay, 2'500'000u);  // 200 Gbit/s for 100 us
  EXPECT_EQ(need.ring, 4'194'304u);
  EXPECT_EQ(need.held, 25'000'000u);
  EXPECT_EQ(need.needed, 2 * 2'500'000u + 4'194'304u + 25'000'000u);
}

TEST(Provisioning, OfNothingIsNothing) {
  EXPECT_EQ(provision({}).needed, 0u);
}

TEST(Provisioning, OfAbsurdNumbersIsTheLargestAndNeverWraps) {
  const Provisioning need = provision({.speed_mbit_per_s = kMost,
                                       .round_trip_ns = kMost,
                                       .ring_entries = kMost,
                                       .buffer_bytes = kMost,
                                       .hold_ns = 1});
  EXPECT_EQ(need.ring, kMost);
  EXPECT_EQ(need.needed, kMost);
}

}  // namespace
}  // namespace nobounce::doctor
