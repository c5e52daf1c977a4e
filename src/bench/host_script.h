// SPDX-License-Identifier: Apache-2.0
// Scripts for sh on a host: this very one, or one that is a network namespace of a guest.
#pragma once

#include <string>

#include "base/result.h"

namespace nobounce::bench {

/// Runs a script on host a or b of the lab's guest, in its network namespace; it ends with the
/// first command that fails. Its standard output. Error: kIo with what that command said on
/// standard error.
Result<std::string> run_on_host(const std::string& host, const std::string& script);
/// The same on this very host.
Result<std::string> run_here(const std::string& script);

}  // namespace nobounce::bench
