// SPDX-License-Identifier: Apache-2.0
// What machine this is, as every result records it.
#pragma once

#include <string>

#include "base/figure.h"

namespace nobounce::sys {

struct HostIdentity {
  Figure<std::string> kernel_release;  ///< uname -r.
  Figure<std::string> cpu_model;       ///< From /proc/cpuinfo, of the first CPU.
  unsigned cpus = 0;                   ///< That this process may run on.
};

HostIdentity identify_host();

}  // namespace nobounce::sys
