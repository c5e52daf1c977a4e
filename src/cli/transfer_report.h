// SPDX-License-Identifier: Apache-2.0
// The result of a transfer for people and for programs; prints, never computes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "transfer/result.h"

namespace nobounce::cli {

/// What the "schema" of a transfer's JSON says; the number grows when a field changes its meaning.
inline constexpr const char* kTransferSchema = "nobounce.transfer/1";

/// One object, units in the names; a figure that could not be had is {"not_available": "<probe>"}.
nlohmann::json to_json(const transfer::TransferResult& result);
/// {"schema": …, "error": {"code", "message"}}.
nlohmann::json to_json(const Error& error);

/// Several lines, a newline at the end.
/// What was taken and why not the better ones, a line each.
std::string text_of(const transfer::Choice& choice, std::string_view memory);

std::string summary_of(const transfer::TransferResult& result);

}  // namespace nobounce::cli
