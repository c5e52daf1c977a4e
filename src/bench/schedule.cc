// SPDX-License-Identifier: Apache-2.0
#include "bench/schedule.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/random.h"
#include "bench/cell.h"

namespace nobounce::bench {

std::vector<Turn> schedule(std::span<const std::uint64_t> runs, std::uint64_t warm_ups,
                           std::uint64_t seed) {
  Random random(seed);
  std::vector<std::size_t> order(runs.size());
  const std::uint64_t most_runs = runs.empty() ? 0 : std::ranges::max(runs);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<Turn> turns;
  for (std::uint64_t round = 0; round < warm_ups + most_runs; ++round) {
    // Fisher and Yates; std::shuffle draws differently from library to library.
    for (std::size_t left = order.size(); left > 1; --left)
      std::swap(order[left - 1], order[random.below(left)]);
    for (const std::size_t cell : order) {
      if (round < warm_ups + runs[cell])
        turns.push_back({.round = round, .cell = cell, .warm_up = round < warm_ups});
    }
  }
  return turns;
}

std::vector<Turn> schedule(const Matrix& matrix, std::uint64_t seed) {
  std::vector<std::uint64_t> runs;
  for (const Cell& cell : expand(matrix))
    runs.push_back(runs_of(cell, matrix));
  return schedule(runs, matrix.warm_ups, seed);
}

}  // namespace nobounce::bench
