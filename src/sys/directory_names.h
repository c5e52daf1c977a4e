// SPDX-License-Identifier: Apache-2.0
// What a directory of sysfs or /dev holds, and where its links lead.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::sys {

/// The names in a directory, sorted, without "." and "..". Errors: those of opendir, with the path.
Result<std::vector<std::string>> names_in(const std::string& directory);
/// Where a link finally leads. Errors: those of realpath, with the path.
Result<std::string> real_path(const std::string& path);

}  // namespace nobounce::sys
