// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/burst_clock.h"

#include <gtest/gtest.h>

#include "manual_clock.h"

namespace nobounce::emulator::gvnic {
namespace {

TEST(BurstClock, FramesOfABurstShareAReading) {
  ManualClock clock;
  BurstClock arrivals(clock);
  for (int reading = 0; reading < 3; ++reading) {
    const std::uint64_t first_ns = clock.ns;
    for (std::uint32_t frame = 0; frame < BurstClock::kFramesAReading; ++frame) {
      EXPECT_EQ(arrivals.frame_ns(), first_ns);
      clock.ns += 100;
    }
  }
}

TEST(BurstClock, AFrameAfterABurstHasATimeOfItsOwn) {
  ManualClock clock;
  BurstClock arrivals(clock);
  EXPECT_EQ(arrivals.frame_ns(), clock.ns);
  arrivals.end_burst();
  clock.ns += 1'000'000;
  EXPECT_EQ(arrivals.frame_ns(), clock.ns);
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
