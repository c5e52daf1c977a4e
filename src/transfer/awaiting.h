// SPDX-License-Identifier: Apache-2.0
// What it means when a wait brings nothing.
#pragma once

#include <fmt/format.h>

#include <string>

#include "base/error.h"

namespace nobounce::transfer {

/// The Error for a wait that ended after `timeout_ms` with nothing to show.
inline Error nothing_moved(std::string operation, int timeout_ms) {
  return {.code = Code::kTimeout,
          .operation = std::move(operation),
          .object = "the stream",
          .cause = fmt::format("nothing moved for {:g} s", timeout_ms / 1e3),
          .fix = {}};
}

}  // namespace nobounce::transfer
