// SPDX-License-Identifier: Apache-2.0
// Which CPUs this process may run on.
#pragma once

#include <vector>

namespace nobounce::sys {

/// By number; none where the kernel does not say.
std::vector<unsigned> usable_cpu_list();

}  // namespace nobounce::sys
