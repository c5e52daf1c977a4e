// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace nobounce {
namespace {

Code code_from_errno(int sys_errno) {
  switch (sys_errno) {
    case EINVAL:
    case EDOM:
      return Code::kInvalidArgument;
    case EOPNOTSUPP:
    case ENOSYS:
    case ENOPROTOOPT:
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
      return Code::kUnsupported;
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return Code::kNotFound;
    case EBUSY:
    case EEXIST:
    case EADDRINUSE:
      return Code::kBusy;
    case EPERM:
    case EACCES:
      return Code::kPermission;
    case ENOMEM:
    case ENOBUFS:
    case ENOSPC:
    case EMFILE:
    case ENFILE:
      return Code::kExhausted;
    case EPIPE:
    case ECONNRESET:
    case ECONNREFUSED:
    case ENOTCONN:
      return Code::kPeerClosed;
    case ETIMEDOUT:
      return Code::kTimeout;
    case EINTR:
      return Code::kInterrupted;
    default:
      return Code::kIo;
  }
}

// "connect to" needs no "of" before its object, as "open" does.
bool leads_to_object(std::string_view operation) {
  constexpr std::array<std::string_view, 7> kPrepositions = {" to",   " on",  " of",  " in",
                                                             " with", " for", " from"};
  return std::ranges::any_of(kPrepositions,
                             [&](auto preposition) { return operation.ends_with(preposition); });
}

}  // namespace

std::string_view name_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return "invalid_argument";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kNotFound:
      return "not_found";
    case Code::kBusy:
      return "busy";
    case Code::kPermission:
      return "permission";
    case Code::kExhausted:
      return "exhausted";
    case Code::kPeerClosed:
      return "peer_closed";
    case Code::kTimeout:
      return "timeout";
    case Code::kProtocol:
      return "protocol";
    case Code::kMismatch:
      return "mismatch";
    case Code::kInterrupted:
      return "interrupted";
    case Code::kIo:
      return "io";
  }
  return "unknown";
}

std::string to_string(const Error& error) {
  std::string text = error.operation;
  if (!error.object.empty()) {
    text += text.empty() ? "" : leads_to_object(text) ? " " : " of ";
    text += error.object;
  }
  if (!error.cause.empty()) text += fmt::format("{}{}", text.empty() ? "" : ": ", error.cause);
  if (error.sys_errno != 0) {
    text += fmt::format(": {} (errno {})", std::generic_category().message(error.sys_errno),
                        error.sys_errno);
  }
  if (!error.fix.empty()) text += fmt::format(" (fix: {})", error.fix);
  return text;
}

Error error_from_errno(int sys_errno, std::string operation, std::string object) {
  return Error{.code = code_from_errno(sys_errno),
               .sys_errno = sys_errno,
               .operation = std::move(operation),
               .object = std::move(object),
               .cause = {},
               .fix = {}};
}

}  // namespace nobounce
