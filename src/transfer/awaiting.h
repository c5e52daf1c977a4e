// SPDX-License-Identifier: Apache-2.0
// What it means when a wait brings nothing, and when to look at it where nobody has to wait.
#pragma once

#include <fmt/format.h>

#include <cstdint>
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

/// True where the bytes of a stream have just grown past another 16 MiB. Only a wait tells that the
/// user wants it to end, and a stream that is always ready never waits.
inline bool is_look_due(std::uint64_t before, std::uint64_t after) {
  constexpr std::uint64_t kBytesBetweenLooks = std::uint64_t{16} << 20;
  return before / kBytesBetweenLooks != after / kBytesBetweenLooks;
}

}  // namespace nobounce::transfer
