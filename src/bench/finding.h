// SPDX-License-Identifier: Apache-2.0
// Findings: what each axis of a bench shows, in two sentences, or that it shows nothing here. Pure,
// from the model's cells and verdicts.
#pragma once

#include <nlohmann/json.hpp>

namespace nobounce::bench {

/// A list of {axis, sentences}: for each axis that has more than one value and is no path. The
/// first sentence is the verdict that says most, of the ways and values that there are; the second
/// what else was seen to change there.
nlohmann::json findings_of(const nlohmann::json& model);

}  // namespace nobounce::bench
