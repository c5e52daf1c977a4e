// SPDX-License-Identifier: Apache-2.0
// Options that say which way to take.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "api/boundary.h"
#include "path/path.h"

namespace nobounce::api {

/// The path of that name among `allowed`; empty for NULL, "" and "auto". Error: kInvalidArgument,
/// with the names there are.
Result<std::optional<path::Path>> path_asked_for(std::string_view function, const char* name,
                                                 std::span<const path::Path> allowed);

/// Descriptors and timeouts of options: 0 and less mean none.
inline int none_unless_positive(std::int32_t value) {
  return value > 0 ? value : -1;
}

}  // namespace nobounce::api
