// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace nobounce {
namespace {

class HandClock final : public Clock {
 public:
  [[nodiscard]] std::uint64_t now_ns() const override { return now_; }
  void advance(std::uint64_t by_ns) { now_ += by_ns; }

 private:
  std::uint64_t now_ = 5'000'000'000;
};

TEST(Stopwatch, MeasuresFromItsMakingOn) {
  HandClock clock;
  const Stopwatch stopwatch(clock);
  EXPECT_EQ(stopwatch.elapsed_ns(), 0u);
  clock.advance(1'500'000'000);
  EXPECT_EQ(stopwatch.elapsed_ns(), 1'500'000'000u);
  EXPECT_DOUBLE_EQ(stopwatch.elapsed_s(), 1.5);
}

}  // namespace
}  // namespace nobounce
