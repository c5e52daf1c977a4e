// SPDX-License-Identifier: Apache-2.0
// What -v means: 0 warnings, 1 what is done, 2 and more every step.
#pragma once

namespace nobounce::cli {

/// Sends log lines to standard error, so that standard output stays data.
void start_log(int verbosity);

}  // namespace nobounce::cli
