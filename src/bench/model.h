// SPDX-License-Identifier: Apache-2.0
// The one model of a bench's result, schema nobounce.bench/1 (docs/bench.schema.json): made from
// the plan and the lines of its log, and nothing else. Writers print it, and never compute.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "base/result.h"
#include "bench/run_log.h"

namespace nobounce::bench {

inline constexpr const char* kModelSchema = "nobounce.bench/1";
inline constexpr const char* kModelFile = "bench.json";

nlohmann::json model_of(const Plan& plan, const std::vector<nlohmann::json>& lines);

/// The model of a bench's directory. Errors: those of plan and log.
Result<nlohmann::json> read_model(const std::filesystem::path& directory);

}  // namespace nobounce::bench
