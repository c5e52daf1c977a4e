// SPDX-License-Identifier: Apache-2.0
// A script for sh on one of a guest's hosts, in its network namespace.
#pragma once

#include <string>

#include "base/result.h"

namespace nobounce::bench {

/// Runs it; it ends with the first command that fails. Its standard output. Error: kIo with what it
/// said on standard error.
Result<std::string> run_on_host(const std::string& host, const std::string& script);

}  // namespace nobounce::bench
