// SPDX-License-Identifier: Apache-2.0
// The state of a service for people: tables of its NICs and wires.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nobounce::serve {

/// `state` is an object of the schema nobounce.nics/1; what it lacks is left out. With `before`,
/// the state `seconds` earlier, rates are shown too.
std::string table_of(const nlohmann::json& state, const nlohmann::json& before = {},
                     double seconds = 0);

}  // namespace nobounce::serve
