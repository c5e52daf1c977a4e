// SPDX-License-Identifier: Apache-2.0
#include "sys/wall_clock.h"

#include <ctime>

namespace nobounce::sys {

std::uint64_t wall_clock_ns() {
  timespec now{};
  // It can only fail for a clock that does not exist.
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace nobounce::sys
