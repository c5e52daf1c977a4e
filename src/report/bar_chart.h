// SPDX-License-Identifier: Apache-2.0
// Horizontal bars from zero, whole or stacked, with the spread of what they stand for, as inline
// SVG. Colours are classes of the page's style.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nobounce::report {

struct BarSegment {
  std::string style;  ///< A class: "devmem", "user".
  double value = 0;
  std::string title{};  ///< What a pointer that rests on it shows.
};

struct Bar {
  std::string label;
  std::vector<BarSegment> segments{};  ///< None: there is no figure, and `note` says why.
  std::optional<std::pair<double, double>> spread = std::nullopt;  ///< Least and most.
  std::string note{};  ///< Behind the bar: its figure in words.
  std::string key{};   ///< What the bar stands for, by which a program finds it.
};

struct BarGroup {
  std::string title;  ///< Above its bars; may be empty.
  std::vector<Bar> bars{};
};

struct BarChart {
  std::string description;  ///< For those who can't see it.
  std::string unit;         ///< Of the axis, e.g. "Gbit/s".
  std::vector<BarGroup> groups;
  std::string name{};  ///< By which a program finds it.
};

/// The <svg> element. Axes begin at zero, always.
std::string svg_of(const BarChart& chart);

}  // namespace nobounce::report
