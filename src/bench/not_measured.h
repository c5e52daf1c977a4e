// SPDX-License-Identifier: Apache-2.0
// What a bench is to measure and this one could not: named, never left out silently. Pure.
#pragma once

#include <nlohmann/json.hpp>

namespace nobounce::bench {

/// By name, why: of what no measured cell of `cells` (those of the model) has a figure.
nlohmann::json not_measured_in(const nlohmann::json& cells);

}  // namespace nobounce::bench
