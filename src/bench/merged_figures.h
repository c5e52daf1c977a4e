// SPDX-License-Identifier: Apache-2.0
// Figures of several runs made one: means of whole objects, distributions and times of calls put
// together. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

namespace nobounce::bench {

/// {"not_available": …}?
bool is_missing(const nlohmann::json& figure);

/// The mean of trees of one shape, number by number: a number that a run does not name did not grow
/// there. A branch that one run has no figure for is missing as a whole; texts are the first's.
nlohmann::json mean_of_trees(const std::vector<nlohmann::json>& trees);

/// Distributions {count, sum, min, mean, max, histogram} as one; missing if one is.
nlohmann::json merged_distribution(const std::vector<nlohmann::json>& parts);

/// System calls by name {calls, errors, would_block, total_us, min_us, mean_us, max_us,
/// deviation_us} as one table; missing if one is. The deviation is that of all calls together.
nlohmann::json merged_syscalls(const std::vector<nlohmann::json>& parts);

}  // namespace nobounce::bench
