// SPDX-License-Identifier: Apache-2.0
#include "transfer/interval.h"

#include <gtest/gtest.h>

#include "sys/steady_clock.h"
#include "unit/memory/plain_region.h"
#include "unit/path/unreachable_region.h"

namespace nobounce::transfer {
namespace {

TEST(IntervalOfATransfer, CountsTheTouchesBetweenStartAndStopAlone) {
  const sys::SteadyClock clock;
  path::UnreachableRegion region(4096);
  region.accesses = {.reads = 1000, .read_bytes = 8000, .writes = 7, .written_bytes = 7};
  Interval interval(clock, region);
  EXPECT_EQ(interval.cpu_touches().value(), 0u);
  interval.start();
  region.accesses.reads += 3;
  interval.stop();
  region.accesses.writes += 100;  // Between rounds the CPU may do what it likes.
  interval.start();
  region.accesses.writes += 2;
  interval.stop();
  interval.stop();
  EXPECT_EQ(interval.cpu_touches().value(), 5u);
}

TEST(IntervalOfATransfer, IsFromTheFirstStartToTheLastStop) {
  const sys::SteadyClock clock;
  memory::PlainRegion region(4096);
  Interval interval(clock, region);
  const std::uint64_t before = clock.now_ns();
  interval.start();
  interval.stop();
  const std::uint64_t between = clock.now_ns();
  interval.start();
  interval.stop();
  EXPECT_GE(interval.began_ns(), before);
  EXPECT_LT(interval.began_ns(), between);
  EXPECT_GE(interval.ended_ns(), between);
}

TEST(IntervalOfATransfer, SaysWhyTouchesAreNotCounted) {
  const sys::SteadyClock clock;
  memory::PlainRegion region(4096);
  Interval interval(clock, region);
  interval.start();
  interval.stop();
  ASSERT_FALSE(interval.cpu_touches().is_available());
  EXPECT_EQ(interval.cpu_touches().missing_probe(),
            "double is host memory: nothing counts the CPU's accesses to it");
}

}  // namespace
}  // namespace nobounce::transfer
