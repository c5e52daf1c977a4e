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

/// Whether claim_private_directory would succeed, by looking alone; also below a parent that it
/// would have to be given first. The same errors.
Status may_claim_private_directory(const std::filesystem::path& directory);

}  // namespace nobounce::sys
