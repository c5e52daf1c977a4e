// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/poll_backoff.h"

#include <gtest/gtest.h>

#include "manual_clock.h"

namespace nobounce::emulator {
namespace {

TEST(PollBackoff, spins_while_the_guest_is_at_work) {
  ManualClock clock;
  PollBackoff backoff(clock.now_ns());
  for (int i = 0; i < 100; ++i) {
    clock.ns += PollBackoff::kSpinNs - 1;
    ASSERT_EQ(backoff.wait_ns(clock.now_ns()), 0u);
    backoff.active(clock.now_ns());
  }
}

TEST(PollBackoff, never_waits_longer_than_an_eighth_of_the_pause_so_far) {
  ManualClock clock;
  const std::uint64_t start = clock.now_ns();
  const PollBackoff backoff(start);
  std::uint64_t previous = 0;
  for (clock.ns += PollBackoff::kSpinNs; previous < PollBackoff::kLongestWaitNs;) {
    const std::uint64_t wait = backoff.wait_ns(clock.now_ns());
    ASSERT_GE(wait, previous);
    ASSERT_GT(wait, 0u);
    ASSERT_LE(wait, (clock.now_ns() - start) / 8);
    previous = wait;
    clock.ns += wait;
  }
  EXPECT_LE(clock.now_ns() - start, 10 * PollBackoff::kLongestWaitNs);
}

TEST(PollBackoff, an_idle_second_has_few_turns) {
  ManualClock clock;
  const PollBackoff backoff(clock.now_ns());
  clock.ns += 1'000'000'000;
  const std::uint64_t end = clock.ns + 1'000'000'000;
  int turns = 0;
  for (; clock.ns < end; ++turns)
    clock.ns += backoff.wait_ns(clock.now_ns());
  EXPECT_EQ(turns, 100) << "each may cost 100 us for 1% of a core";
}

TEST(PollBackoff, spins_again_after_any_activity) {
  ManualClock clock;
  PollBackoff backoff(clock.now_ns());
  clock.ns += 3'600'000'000'000;
  EXPECT_EQ(backoff.wait_ns(clock.now_ns()), PollBackoff::kLongestWaitNs);
  backoff.active(clock.now_ns());
  EXPECT_EQ(backoff.wait_ns(clock.now_ns()), 0u);
  EXPECT_EQ(backoff.wait_ns(clock.now_ns() - 5), 0u) << "a time from before the activity";
}

}  // namespace
}  // namespace nobounce::emulator
