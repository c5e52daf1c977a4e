// SPDX-License-Identifier: Apache-2.0
#include "sys/timer_slack.h"

#include <sys/prctl.h>

namespace nobounce::sys {

void ask_for_exact_timers() {
  // 0 would mean the default. It can fail only where the kernel knows no slack, and then all is
  // well.
  ::prctl(PR_SET_TIMERSLACK, 1UL);
}

}  // namespace nobounce::sys
