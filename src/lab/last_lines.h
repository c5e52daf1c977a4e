// SPDX-License-Identifier: Apache-2.0
// The end of a log, for an Error's cause. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace nobounce::lab {

/// The last `count` lines of a text, without the end of the last one.
std::string_view last_lines(std::string_view text, std::size_t count);

}  // namespace nobounce::lab
