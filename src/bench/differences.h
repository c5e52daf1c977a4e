// SPDX-License-Identifier: Apache-2.0
// What else differs between two benches than their figures: machines, kernels, settings in force,
// nobounce, the way of measuring. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nobounce::bench {

/// A line for each thing, "kernel: 7.3.4 and 6.12"; one that differs alike in several cells is said
/// once.
std::vector<std::string> differences_of(const nlohmann::json& first, const nlohmann::json& second);

/// A cell's way, and in brackets what tells it from others of that way.
std::string label_of(const nlohmann::json& cell);

}  // namespace nobounce::bench
