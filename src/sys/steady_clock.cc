// SPDX-License-Identifier: Apache-2.0
#include "sys/steady_clock.h"

#include <ctime>

namespace nobounce::sys {

std::uint64_t SteadyClock::now_ns() const {
  timespec now{};
  // It can only fail for a clock that does not exist.
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace nobounce::sys
