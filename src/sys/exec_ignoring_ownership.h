// SPDX-License-Identifier: Apache-2.0
// How an ordinary user installs a Debian: whoever is root of a user namespace that holds one user
// may do most of what packages ask for, but not give a file to another user. Seccomp, seccomp(2),
// makes those calls succeed without an effect, so that all files stay the user's own.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::sys {

/// Replaces this process by a program for which, and for all that it starts, chown(2) and its like
/// do nothing and succeed. Returns only on failure: kUnsupported if the kernel takes no filter,
/// those of exec.
Status exec_ignoring_ownership(std::vector<std::string> argv);

}  // namespace nobounce::sys
