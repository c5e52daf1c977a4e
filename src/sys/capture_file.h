// SPDX-License-Identifier: Apache-2.0
// The file of a capture: one whose writer must never wait for its reader.
#pragma once

#include <string>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// Creates or empties a file of mode 0600, close-on-exec and non-blocking: a pipe that nobody reads
/// is refused, and one that is read too slowly fails a write. Errors: those of open.
Result<Fd> create_capture_file(const std::string& path);

}  // namespace nobounce::sys
