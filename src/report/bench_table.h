// SPDX-License-Identifier: Apache-2.0
// A bench's result for a terminal. Prints what the model (schema nobounce.bench/1) says.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nobounce::report {

/// The answer, a line for each cell, the verdicts, and what could not be measured, by lines.
std::string text_of_bench(const nlohmann::json& model);

/// Verdicts on pairs of cells of two benches, as bench::compare makes them.
std::string text_of_comparison(const nlohmann::json& comparison);

}  // namespace nobounce::report
