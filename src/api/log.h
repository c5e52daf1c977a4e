// SPDX-License-Identifier: Apache-2.0
// Where the library's messages go. The engine logs to spdlog's default logger, which writes to
// standard output: never in somebody else's program.
#pragma once

namespace nobounce::api {

/// Called by whatever may come to log: sends warnings to standard error, unless nb_set_log has been
/// called. Thread-safe.
void start_log();

}  // namespace nobounce::api
