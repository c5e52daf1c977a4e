// SPDX-License-Identifier: Apache-2.0
// The order in which cells run: in rounds, each cell once a round until it has all of its runs, and
// every round shuffled anew, so that what changes on the machine meanwhile meets all cells alike,
// and run i of one cell can be paired with run i of another. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bench/matrix.h"

namespace nobounce::bench {

struct Turn {
  std::uint64_t round = 0;  ///< Counted from 0, warm-ups first.
  std::size_t cell = 0;
  bool warm_up = false;
};

/// Of cells that have so many runs each, besides warm-ups. The same for the same seed, on every
/// machine.
std::vector<Turn> schedule(std::span<const std::uint64_t> runs, std::uint64_t warm_ups,
                           std::uint64_t seed);
/// Of all cells of `matrix`.
std::vector<Turn> schedule(const Matrix& matrix, std::uint64_t seed);

}  // namespace nobounce::bench
