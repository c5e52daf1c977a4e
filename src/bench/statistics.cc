// SPDX-License-Identifier: Apache-2.0
#include "bench/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace nobounce::bench {
namespace {

constexpr std::size_t kDraws = 10'000;
constexpr double kTail = 0.025;

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

Figure<Middle> middle_of(std::span<const double> runs, std::size_t drop_ends) {
  if (runs.size() <= 2 * drop_ends)
    return NotAvailable{fmt::format("{} runs came to an end, and {} are dropped at either end",
                                    runs.size(), drop_ends)};
  const auto middle = runs.subspan(drop_ends, runs.size() - 2 * drop_ends);
  Middle result{.least = middle.front(),
                .most = middle.front(),
                .runs = runs.size(),
                .averaged = middle.size()};
  for (const double run : middle) {
    result.mean += run / static_cast<double>(middle.size());
    result.least = std::min(result.least, run);
    result.most = std::max(result.most, run);
  }
  if (middle.size() > 1) {
    double squares = 0;
    for (const double run : middle)
      squares += (run - result.mean) * (run - result.mean);
    result.deviation = std::sqrt(squares / static_cast<double>(middle.size() - 1));
  }
  return result;
}

Figure<Ratio> ratio_of(std::span<const std::pair<double, double>> pairs, std::uint64_t seed) {
  if (pairs.size() < 2)
    return NotAvailable{fmt::format("{} pairs of runs, and an interval wants two", pairs.size())};
  std::vector<double> ratios;
  for (const auto& [first, second] : pairs) {
    if (!(second > 0)) return NotAvailable{"a run of the second has nothing to divide by"};
    ratios.push_back(first / second);
  }
  Random random(seed);
  std::vector<double> medians(kDraws);
  std::vector<double> sample(ratios.size());
  for (double& median : medians) {
    for (double& drawn : sample)
      drawn = ratios[random.below(ratios.size())];
    median = median_of(sample);
  }
  std::ranges::sort(medians);
  const auto at = [&](double part) {
    return medians[static_cast<std::size_t>(part * static_cast<double>(kDraws - 1))];
  };
  const std::size_t count = ratios.size();
  return Ratio{
      .median = median_of(ratios), .low = at(kTail), .high = at(1 - kTail), .pairs = count};
}

Figure<double> roi_of(double throughput, double cost, const RoiExponents& exponents) {
  if (!(cost > 0)) return NotAvailable{"no cost was seen to divide by"};
  return std::pow(throughput, exponents.throughput) / std::pow(cost, exponents.cost);
}

}  // namespace nobounce::bench
