// SPDX-License-Identifier: Apache-2.0
// Sizes as people write them: "64M", "1GiB", "4096". Units are powers of two.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce {

/// Bytes from text: a number with an optional K, M, G or T, and an optional "iB" or "B" after it.
/// Error: kInvalidArgument for anything else, for a sign and for a value above 2^63.
Result<std::uint64_t> parse_size(std::string_view text);

/// "4.0 KiB", "1.5 GiB": binary units with one decimal; whole bytes below 1024.
std::string format_size(std::uint64_t bytes);

}  // namespace nobounce
