// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "api/boundary.h"
#include "base/version.h"

struct nb_error {
  nb_code code;
  nobounce::Error error;
  std::string message;
};

namespace nobounce::api {
namespace {

/// Made before it is needed, as then there is no memory; never freed.
nb_error& out_of_memory() {
  static nb_error error{
      .code = NB_EXHAUSTED,
      .error = {.code = Code::kExhausted, .operation = "allocate", .cause = "out of memory"},
      .message = "out of memory"};
  return error;
}

[[maybe_unused]] const nb_error& kMadeAtLoad = out_of_memory();

}  // namespace

nb_code code_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return NB_INVALID_ARGUMENT;
    case Code::kUnsupported:
      return NB_UNSUPPORTED;
    case Code::kNotFound:
      return NB_NOT_FOUND;
    case Code::kBusy:
      return NB_BUSY;
    case Code::kPermission:
      return NB_PERMISSION;
    case Code::kExhausted:
      return NB_EXHAUSTED;
    case Code::kPeerClosed:
      return NB_PEER_CLOSED;
    case Code::kTimeout:
      return NB_TIMEOUT;
    case Code::kProtocol:
      return NB_PROTOCOL;
    case Code::kMismatch:
      return NB_MISMATCH;
    case Code::kInterrupted:
      return NB_INTERRUPTED;
    case Code::kIo:
      return NB_IO;
  }
  return NB_INTERNAL;
}

nb_code report(nb_error** error, Error why) noexcept {
  const nb_code code = code_of(why.code);
  if (error == nullptr) return code;
  try {
    std::string message = to_string(why);
    *error = new nb_error{.code = code, .error = std::move(why), .message = std::move(message)};
  } catch (...) {
    // The code says what it was; the texts need memory that there is not.
    *error = &out_of_memory();
  }
  return code;
}

nb_code report_out_of_memory(nb_error** error) noexcept {
  if (error != nullptr) *error = &out_of_memory();
  return NB_EXHAUSTED;
}

nb_code report_defect(nb_error** error, const char* what) noexcept {
  if (error == nullptr) return NB_INTERNAL;
  try {
    *error = new nb_error{.code = NB_INTERNAL,
                          .error = {.operation = "internal error", .cause = what},
                          .message = fmt::format("internal error: {}", what)};
  } catch (...) {
    *error = &out_of_memory();
  }
  return NB_INTERNAL;
}

Error bad_argument(std::string_view function, std::string_view argument, std::string_view cause) {
  return {.code = Code::kInvalidArgument,
          .operation = std::string(function),
          .object = std::string(argument),
          .cause = std::string(cause),
          .fix = {}};
}

}  // namespace nobounce::api

const char* nb_version(void) {
  return nobounce::version().data();  // Of a literal.
}

const char* nb_code_name(nb_code code) {
  switch (code) {
    case NB_OK:
      return "ok";
    case NB_INVALID_ARGUMENT:
      return "invalid_argument";
    case NB_UNSUPPORTED:
      return "unsupported";
    case NB_NOT_FOUND:
      return "not_found";
    case NB_BUSY:
      return "busy";
    case NB_PERMISSION:
      return "permission";
    case NB_EXHAUSTED:
      return "exhausted";
    case NB_PEER_CLOSED:
      return "peer_closed";
    case NB_TIMEOUT:
      return "timeout";
    case NB_PROTOCOL:
      return "protocol";
    case NB_MISMATCH:
      return "mismatch";
    case NB_INTERRUPTED:
      return "interrupted";
    case NB_IO:
      return "io";
    case NB_INTERNAL:
      return "internal";
  }
  return "unknown";
}

nb_code nb_error_code(const nb_error* error) {
  return error == nullptr ? NB_OK : error->code;
}

int nb_error_errno(const nb_error* error) {
  return error == nullptr ? 0 : error->error.sys_errno;
}

const char* nb_error_operation(const nb_error* error) {
  return error == nullptr ? "" : error->error.operation.c_str();
}

const char* nb_error_object(const nb_error* error) {
  return error == nullptr ? "" : error->error.object.c_str();
}

const char* nb_error_cause(const nb_error* error) {
  return error == nullptr ? "" : error->error.cause.c_str();
}

const char* nb_error_fix(const nb_error* error) {
  return error == nullptr ? "" : error->error.fix.c_str();
}

const char* nb_error_message(const nb_error* error) {
  return error == nullptr ? "" : error->message.c_str();
}

void nb_error_free(nb_error* error) {
  if (error != &nobounce::api::out_of_memory()) delete error;
}
