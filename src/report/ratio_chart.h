// SPDX-License-Identifier: Apache-2.0
// Ratios with their intervals around the line of no difference, as inline SVG: an interval that
// crosses the line shows none.
#pragma once

#include <string>
#include <vector>

namespace nobounce::report {

struct RatioMark {
  std::string label;
  std::string style;  ///< A class of the page's style.
  double ratio = 1;
  double low = 1;
  double high = 1;
  std::string key{};  ///< What the mark stands for, by which a program finds it.
};

/// The <svg> element, on a logarithmic axis: half and twice are as far from 1. `unit` names the
/// axis.
std::string svg_of_ratios(const std::vector<RatioMark>& marks, const std::string& unit);

}  // namespace nobounce::report
