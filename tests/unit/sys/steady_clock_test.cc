// SPDX-License-Identifier: Apache-2.0
#include "sys/steady_clock.h"

#include <gtest/gtest.h>

namespace nobounce::sys {
namespace {

TEST(SteadyClock, GoesForwardAndNeverBack) {
  const SteadyClock clock;
  const std::uint64_t start = clock.now_ns();
  std::uint64_t last = start;
  while (last == start) {
    const std::uint64_t now = clock.now_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace nobounce::sys
