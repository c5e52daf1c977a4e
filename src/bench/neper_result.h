// SPDX-License-Identifier: Apache-2.0
// What neper's tcp_stream prints: a line "key=value" for each option and each result. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"

namespace nobounce::bench {

/// From the sender's output, which has the receiver's rate as well. neper tells a rate and no
/// bytes, and the CPU of its own sender alone. Errors: kProtocol where a result is missing or no
/// number.
Result<nlohmann::json> figures_of_neper(std::string_view printed);

}  // namespace nobounce::bench
