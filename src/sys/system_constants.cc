// SPDX-License-Identifier: Apache-2.0
#include "sys/system_constants.h"

#include <unistd.h>

namespace nobounce::sys {

std::uint64_t page_size_bytes() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t clock_ticks_per_second() {
  return static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
}

}  // namespace nobounce::sys
