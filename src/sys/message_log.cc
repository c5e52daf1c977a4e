// SPDX-License-Identifier: Apache-2.0
#include "sys/message_log.h"

#include <spdlog/sinks/stdout_color_sinks.h>

#include <atomic>
#include <utility>

namespace nobounce::sys {
namespace {

std::shared_ptr<spdlog::logger> standard_error() {
  auto log = std::make_shared<spdlog::logger>(
      "nobounce", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  log->set_pattern("nobounce: %^%l%$: %v");
  log->set_level(spdlog::level::warn);
  return log;
}

std::atomic<std::shared_ptr<spdlog::logger>>& current() {
  static std::atomic<std::shared_ptr<spdlog::logger>> log(standard_error());
  return log;
}

}  // namespace

std::shared_ptr<spdlog::logger> message_log() {
  return current().load();
}

void set_message_log(std::shared_ptr<spdlog::logger> log) {
  current().store(std::move(log));
}

}  // namespace nobounce::sys
