// SPDX-License-Identifier: Apache-2.0
// How every command tells that it failed.
#pragma once

#include "base/error.h"

namespace nobounce::cli {

/// Prints the error on standard error; returns the exit code that goes with it.
int report(const Error& error);

}  // namespace nobounce::cli
