// SPDX-License-Identifier: Apache-2.0
// What it means when SocketCalls::wait brings no event.
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <string>

#include "base/error.h"

namespace nobounce::transfer {

/// The Error for `came`, a result of wait that is 0 (timed out) or negative.
inline Error waiting_error(int came, std::string operation, int timeout_ms) {
  if (came == 0) {
    return {.code = Code::kTimeout,
            .operation = std::move(operation),
            .object = "the stream",
            .cause = fmt::format("nothing moved for {:g} s", timeout_ms / 1e3),
            .fix = {}};
  }
  if (came == -ECANCELED) {
    return {.code = Code::kInterrupted,
            .operation = std::move(operation),
            .object = "the stream",
            .cause = "stopped by the user",
            .fix = {}};
  }
  return error_from_errno(-came, std::move(operation), "the stream");
}

}  // namespace nobounce::transfer
