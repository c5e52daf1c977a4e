// SPDX-License-Identifier: Apache-2.0
// The time of day, for records that people compare with their own. It may jump: what is measured is
// measured with SteadyClock.
#pragma once

#include <cstdint>

namespace nobounce::sys {

/// Nanoseconds since 1970-01-01 00:00 UTC (CLOCK_REALTIME).
std::uint64_t wall_clock_ns();

}  // namespace nobounce::sys
