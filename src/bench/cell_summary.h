// SPDX-License-Identifier: Apache-2.0
// What the runs of one cell say together: means of the middle runs, by what was counted. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "base/figure.h"
#include "bench/cell.h"
#include "bench/matrix.h"

namespace nobounce::bench {

/// The cell's figures, as docs/json.md lists them. `runs` are the lines of its runs that count, in
/// the order of time. `field` is what they ran on.
nlohmann::json summary_of(const Cell& cell, const Matrix& matrix, const Field& field,
                          const std::vector<nlohmann::json>& runs);

/// CPU that the machine was busy with in the run, in seconds for each 10^9 bytes; both hosts',
/// where they share it.
Figure<double> cpu_seconds_per_gigabyte(const nlohmann::json& run);

}  // namespace nobounce::bench
