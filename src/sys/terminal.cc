// SPDX-License-Identifier: Apache-2.0
#include "sys/terminal.h"

#include <unistd.h>

namespace nobounce::sys {

bool standard_error_is_terminal() {
  return ::isatty(STDERR_FILENO) == 1;
}

}  // namespace nobounce::sys
