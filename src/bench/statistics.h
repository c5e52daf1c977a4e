// SPDX-License-Identifier: Apache-2.0
// The statistics of a bench. Pure, and seeded where they draw.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "base/figure.h"
#include "bench/matrix.h"

namespace nobounce::bench {

/// The middle of a series of runs: what is left when the ends are dropped.
struct Middle {
  double mean = 0;
  double least = 0;  ///< The spread, of the averaged runs.
  double most = 0;
  double deviation = 0;  ///< Standard deviation of a sample; 0 for one run.
  std::size_t runs = 0;  ///< That there were.
  std::size_t averaged = 0;
};

/// Of runs in the order of time. `drop_ends` are left out at the beginning and at the end. Missing
/// where that leaves none: the reason says how many there were.
Figure<Middle> middle_of(std::span<const double> runs, std::size_t drop_ends);

/// The ratio of two series of interleaved runs.
struct Ratio {
  double median = 0;  ///< Of the ratios of the pairs.
  double low = 0;     ///< The interval that holds the median in 95% of bootstrap samples.
  double high = 0;
  std::size_t pairs = 0;

  /// Whether the interval is all on one side of 1.
  [[nodiscard]] bool shows_difference() const { return low > 1 || high < 1; }
};

/// Fewer pairs than these are a first look, not a claim.
inline constexpr std::size_t kPairsOfAClaim = 15;

/// Of first over second, pair by pair. The same for the same seed. Missing where there are fewer
/// than two pairs, or a second that is not above 0.
Figure<Ratio> ratio_of(std::span<const std::pair<double, double>> pairs, std::uint64_t seed);

/// throughput^n / cost^m, of figures above 0; missing where the cost is not above 0.
Figure<double> roi_of(double throughput, double cost, const RoiExponents& exponents);

}  // namespace nobounce::bench
