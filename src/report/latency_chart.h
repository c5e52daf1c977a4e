// SPDX-License-Identifier: Apache-2.0
// How long requests took, as curves of quantiles, as inline SVG: the axis of percents goes by
// nines, so that the tail has as much room as the rest.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nobounce::report {

struct LatencyCurve {
  std::string label;
  std::string style;  ///< A class of the page's style, whose colour it takes.
  std::vector<std::pair<double, double>> points{};  ///< Percent below 100, microseconds; rising.
};

/// The <svg> element. Curves of one style are told apart by their dashes.
std::string svg_of_latencies(const std::vector<LatencyCurve>& curves);

}  // namespace nobounce::report
