// SPDX-License-Identifier: Apache-2.0
#include "cli/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "sys/message_log.h"

namespace nobounce::cli {

void start_log(int verbosity) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("nobounce"));
  spdlog::set_pattern("nobounce: %^%l%$: %v");
  spdlog::set_level(verbosity == 0   ? spdlog::level::warn
                    : verbosity == 1 ? spdlog::level::info
                                     : spdlog::level::debug);
  sys::set_message_log(spdlog::default_logger());
}

}  // namespace nobounce::cli
