// SPDX-License-Identifier: Apache-2.0
#include "api/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <mutex>
#include <string>

#include "api/boundary.h"

namespace nobounce::api {
namespace {

constexpr const char* kLogger = "libnobounce";

std::once_flag g_started;

nb_log_level level_of(spdlog::level::level_enum level) {
  if (level >= spdlog::level::err) return NB_LOG_ERROR;
  return level == spdlog::level::warn ? NB_LOG_WARNING : NB_LOG_INFO;
}

class CallbackSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  CallbackSink(nb_log_function function, void* context) : function_(function), context_(context) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (function_ == nullptr) return;
    const std::string text(message.payload.data(), message.payload.size());
    function_(level_of(message.level), text.c_str(), context_);
  }
  void flush_() override {}

  nb_log_function function_;
  void* context_;
};

void log_to(spdlog::sink_ptr sink, spdlog::level::level_enum least) {
  auto logger = std::make_shared<spdlog::logger>(kLogger, std::move(sink));
  logger->set_level(least);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

void start_log() {
  std::call_once(g_started, [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    sink->set_pattern("libnobounce: %^%l%$: %v");
    log_to(std::move(sink), spdlog::level::warn);
  });
}

}  // namespace nobounce::api

nb_code nb_set_log(nb_log_function function, void* context, nb_log_level least, nb_error** error) {
  namespace api = nobounce::api;
  return api::guarded(error, [&]() -> nobounce::Status {
    spdlog::level::level_enum level = spdlog::level::info;
    switch (least) {
      case NB_LOG_INFO:
        break;
      case NB_LOG_WARNING:
        level = spdlog::level::warn;
        break;
      case NB_LOG_ERROR:
        level = spdlog::level::err;
        break;
      default:
        return nobounce::fail(api::bad_argument("nb_set_log", "least", "it is no nb_log_level"));
    }
    api::start_log();  // Lest it take over later.
    api::log_to(std::make_shared<api::CallbackSink>(function, context), level);
    return {};
  });
}
