// SPDX-License-Identifier: Apache-2.0
#include "report/axis_ticks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nobounce::report {

std::vector<double> ticks_to(double most) {
  if (!(most > 0) || !std::isfinite(most)) return {0, 1};
  constexpr double kMostSteps = 6;
  const double power = std::pow(10, std::floor(std::log10(most / kMostSteps)));
  double step = power;
  for (const double factor : {2.0, 5.0, 10.0}) {
    if (most / step > kMostSteps) step = power * factor;
  }
  std::vector<double> ticks;
  const auto steps = static_cast<int>(std::ceil(most / step - 1e-9));
  for (int i = 0; i <= steps; ++i)
    ticks.push_back(i * step);
  return ticks;
}

std::string words_of_tick(double tick, double step) {
  const int decimals = step >= 1 ? 0 : static_cast<int>(std::ceil(-std::log10(step) - 1e-9));
  return fmt::format("{:.{}f}", tick, std::max(0, decimals));
}

}  // namespace nobounce::report
