// SPDX-License-Identifier: Apache-2.0
// Two benches side by side: cells with the same axes, of two machines, kernels or days. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nobounce::bench {

/// {first, second, summary, cells, verdicts, lacking, differences}: a verdict for each cell that
/// both have measured, what one of them alone has, and what else differs. Their runs were not
/// interleaved: what changed between them (the weather on a shared machine, too) is in the ratio,
/// and the words say so.
nlohmann::json compare(const nlohmann::json& first, const std::string& first_name,
                       const nlohmann::json& second, const std::string& second_name);

}  // namespace nobounce::bench
