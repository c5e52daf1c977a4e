// SPDX-License-Identifier: Apache-2.0
// Patience: for how long a run is waited for. Pure.
#pragma once

#include <chrono>

#include "bench/cell.h"
#include "bench/matrix.h"

namespace nobounce::bench {

/// Longer than a run of the cell takes on a bad day.
std::chrono::seconds patience_for(const Cell& cell, const Matrix& matrix);
/// With the cell that takes longest.
std::chrono::seconds most_patience_for(const Matrix& matrix);

}  // namespace nobounce::bench
