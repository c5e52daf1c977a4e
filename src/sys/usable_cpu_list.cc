// SPDX-License-Identifier: Apache-2.0
#include "sys/usable_cpu_list.h"

#include <sched.h>

namespace nobounce::sys {

std::vector<unsigned> usable_cpu_list() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<unsigned> cpus;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace nobounce::sys
