// SPDX-License-Identifier: Apache-2.0
// Directories that hold sockets of ours: nobody else may put a file there or take one away.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace nobounce::sys {

/// Makes `directory` with mode 0700, or finds it: then it must be a directory (no symbolic link to
/// one) of this user that others cannot write to. Errors: kPermission for one that is not, those of
/// mkdir.
Status claim_private_directory(const std::filesystem::path& directory);

}  // namespace nobounce::sys
