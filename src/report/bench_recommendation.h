// SPDX-License-Identifier: Apache-2.0
// A bench's recommendation in words: in which order --path auto should try the paths, and why.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nobounce::report {

/// Lines for a terminal.
std::string text_of_recommendation(const nlohmann::json& recommendation);
/// A section of the HTML report.
std::string html_of_recommendation(const nlohmann::json& recommendation);

}  // namespace nobounce::report
