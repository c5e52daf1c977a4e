// SPDX-License-Identifier: Apache-2.0
#include <spdlog/sinks/base_sink.h>

#include <memory>
#include <mutex>
#include <string>

#include "api/boundary.h"
#include "sys/message_log.h"

namespace nobounce::api {
namespace {

constexpr std::string_view kSetLog = "nb_set_log";

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

Result<spdlog::level::level_enum> level_asked_for(nb_log_level least) {
  switch (least) {
    case NB_LOG_INFO:
      return spdlog::level::info;
    case NB_LOG_WARNING:
      return spdlog::level::warn;
    case NB_LOG_ERROR:
      return spdlog::level::err;
  }
  return fail(bad_argument(kSetLog, "least", "it is no nb_log_level"));
}

}  // namespace
}  // namespace nobounce::api

nb_code nb_set_log(nb_log_function function, void* context, nb_log_level least, nb_error** error) {
  namespace api = nobounce::api;
  return api::guarded(error, [&]() -> nobounce::Status {
    NB_ASSIGN(const auto level, api::level_asked_for(least));
    auto log = std::make_shared<spdlog::logger>(
        "nobounce", std::make_shared<api::CallbackSink>(function, context));
    log->set_level(level);
    nobounce::sys::set_message_log(std::move(log));
    return {};
  });
}
