// SPDX-License-Identifier: Apache-2.0
// Where the copy meter's plugin lies: it was built with this program, and is installed with it.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace nobounce::lab {

/// Error: kNotFound, with the places where it was looked for.
Result<std::filesystem::path> find_copy_meter();

/// The same for a program in `directory`.
Result<std::filesystem::path> find_copy_meter(const std::filesystem::path& directory);

}  // namespace nobounce::lab
