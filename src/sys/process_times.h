// SPDX-License-Identifier: Apache-2.0
// CPU time of this process, its threads (also those that ended) summed.
#pragma once

#include "base/result.h"

namespace nobounce::sys {

struct ProcessTimes {
  double user_s = 0;
  double system_s = 0;
};

/// Since the process began. Source: getrusage(2), RUSAGE_SELF: finer than /proc/self/stat's ticks.
Result<ProcessTimes> process_times();

}  // namespace nobounce::sys
