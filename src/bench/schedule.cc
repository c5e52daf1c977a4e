// SPDX-License-Identifier: Apache-2.0
#include "bench/schedule.h"

#include <numeric>
#include <utility>

#include "base/random.h"

namespace nobounce::bench {

std::vector<Turn> schedule(std::size_t cells, std::uint64_t warm_ups, std::uint64_t runs,
                           std::uint64_t seed) {
  Random random(seed);
  std::vector<std::size_t> order(cells);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<Turn> turns;
  for (std::uint64_t round = 0; round < warm_ups + runs; ++round) {
    // Fisher and Yates; std::shuffle draws differently from library to library.
    for (std::size_t left = cells; left > 1; --left)
      std::swap(order[left - 1], order[random.below(left)]);
    for (const std::size_t cell : order)
      turns.push_back({.round = round, .cell = cell, .warm_up = round < warm_ups});
  }
  return turns;
}

}  // namespace nobounce::bench
