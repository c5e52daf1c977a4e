// SPDX-License-Identifier: Apache-2.0
// Which host this is, as a name that nobody can go back from: results are passed on, and
// /etc/machine-id is not to be.
#pragma once

#include <string>

#include "base/figure.h"

namespace nobounce::sys {

/// 32 hex digits: a SHA-256 of the machine's id, or of its name and its CPU's where it has none (a
/// live system, a guest of the lab). The same from boot to boot.
Figure<std::string> host_id();

}  // namespace nobounce::sys
