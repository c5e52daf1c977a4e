// SPDX-License-Identifier: Apache-2.0
// Where messages go that have no caller to be returned to. Not spdlog's default logger: that is the
// program's, and the library's guests may have one of their own.
#pragma once

#include <spdlog/logger.h>

#include <memory>

namespace nobounce::sys {

/// Warnings and errors to standard error until something else is set. Thread-safe; never null.
std::shared_ptr<spdlog::logger> message_log();

/// From now on, for the whole process; not null. Thread-safe.
void set_message_log(std::shared_ptr<spdlog::logger> log);

}  // namespace nobounce::sys
