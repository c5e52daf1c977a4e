// SPDX-License-Identifier: Apache-2.0
// Opening a device node under /dev.
#pragma once

#include <string>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// Opens `path` for reading and writing. Errors: those of open, with the path named.
Result<Fd> open_device(const std::string& path);

}  // namespace nobounce::sys
