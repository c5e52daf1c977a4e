// SPDX-License-Identifier: Apache-2.0
// Replacing a file that must survive a crash of the machine: a reader sees the old one or the new.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce::sys {

/// Writes `text` to a file beside `path`, to the disk, and then in its place, with mode 0644. Makes
/// the directory (mode 0755) where it is missing, but not its parents. Errors: those of mkdir,
/// open, write, fsync and rename, with the path.
Status replace_synced_file(const std::string& path, std::string_view text);

}  // namespace nobounce::sys
