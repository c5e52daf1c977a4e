// SPDX-License-Identifier: Apache-2.0
#include "sys/thread_name.h"

#include <sys/prctl.h>

namespace nobounce::sys {

void name_this_thread(const char* name) {
  ::prctl(PR_SET_NAME, name);
}

}  // namespace nobounce::sys
