// SPDX-License-Identifier: Apache-2.0
// What each CPU of the machine did in a cell's runs, by kind. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "bench/cell.h"

namespace nobounce::bench {

/// A list of {cpu, of, user, nice, …}: mean percent by kind of the middle runs, `of` being what the
/// CPU was given to ("sender's application and network", "both hosts"). {"not_available"} where the
/// engine does not read CPUs.
nlohmann::json cpu_by_core(const Cell& cell, const Field& field, std::size_t drop_ends,
                           const std::vector<nlohmann::json>& runs);

}  // namespace nobounce::bench
