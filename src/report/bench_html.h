// SPDX-License-Identifier: Apache-2.0
// A bench's result as one HTML file that needs nothing else: no network, no script; light or dark
// as the reader's system is; good on paper. Prints what the model (schema nobounce.bench/1) says.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nobounce::report {

/// One document for the models, each a section; `comparison` (null: none) comes first.
std::string html_of_benches(const std::vector<nlohmann::json>& models,
                            const nlohmann::json& comparison);

}  // namespace nobounce::report
