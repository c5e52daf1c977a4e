// SPDX-License-Identifier: Apache-2.0
#include "report/latency_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "report/html_page.h"
#include "report/table.h"

namespace nobounce::report {
namespace {

constexpr double kWidth = 960;
constexpr double kHeight = 380;
constexpr double kTop = 12;
constexpr double kBottom = 46;
constexpr double kLeft = 84;
constexpr double kLetter = 8.2;
constexpr double kMostLabel = 420;
constexpr double kLabelRow = 17;
// From 1 us to 1000 s, whatever a record says.
constexpr double kLeastUs = 1;
constexpr double kMostUs = 1e9;

/// How many nines: 0 for 0%, 1 for 90%, 2 for 99%.
double nines(double percent) {
  return -std::log10(std::max(1 - percent / 100, 1e-9));
}

double log_us(double us) {
  return std::log10(std::clamp(us, kLeastUs, kMostUs));
}

struct Frame {
  double right = kWidth;
  double most_nines = 1;
  double low = 9;  // Powers of ten of a microsecond.
  double high = 0;

  [[nodiscard]] double x(double percent) const {
    return kLeft + (right - kLeft) * nines(percent) / most_nines;
  }
  [[nodiscard]] double y(double us) const {
    return kHeight - kBottom - (kHeight - kBottom - kTop) * (log_us(us) - low) / (high - low);
  }
};

Frame frame_of(const std::vector<LatencyCurve>& curves) {
  Frame frame;
  double label = 24;
  for (const LatencyCurve& curve : curves) {
    label = std::max(label, static_cast<double>(display_width(curve.label)) * kLetter + 14);
    for (const auto& [percent, us] : curve.points) {
      frame.most_nines = std::max(frame.most_nines, nines(percent));
      frame.low = std::min(frame.low, std::floor(log_us(us)));
      frame.high = std::max(frame.high, std::ceil(log_us(us)));
    }
  }
  frame.high = std::max(frame.high, frame.low + 1);
  frame.right = kWidth - std::min(label, kMostLabel);
  return frame;
}

std::string words_of_us(double us) {
  if (us < 1e3) return fmt::format("{:.0f} us", us);
  if (us < 1e6) return fmt::format("{:.0f} ms", us / 1e3);
  return fmt::format("{:.0f} s", us / 1e6);
}

std::string axes_of(const Frame& frame) {
  const double bottom = kHeight - kBottom;
  std::string svg;
  for (int power = static_cast<int>(frame.low); power <= static_cast<int>(frame.high); ++power) {
    const double us = std::pow(10, power);
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{0}\" y1=\"{2:.1f}\" x2=\"{1:.1f}\" y2=\"{2:.1f}\"/>\n"
        "<text class=\"dim\" x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
        kLeft, frame.right, frame.y(us), kLeft - 8, frame.y(us) + 4, words_of_us(us));
  }
  for (const double percent : {0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999}) {
    if (nines(percent) > frame.most_nines + 1e-9) continue;
    svg += fmt::format(
        "<line class=\"{3}\" x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\"/>\n"
        "<text class=\"dim\" x=\"{0:.1f}\" y=\"{4:.1f}\" text-anchor=\"middle\">{5:g}%</text>\n",
        frame.x(percent), kTop, bottom, percent == 0 ? "axis" : "grid", bottom + 17, percent);
  }
  return svg + fmt::format(
                   "<text class=\"dim\" x=\"{}\" y=\"{:.1f}\">of the requests were "
                   "answered within</text>\n",
                   kLeft, bottom + 35);
}

/// Heights of the labels, near the ends of their curves and apart from each other.
std::vector<double> label_heights(const std::vector<LatencyCurve>& curves, const Frame& frame) {
  std::vector<std::size_t> order(curves.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  const auto end_of = [&](std::size_t i) { return frame.y(curves[i].points.back().second); };
  std::ranges::sort(order, {}, end_of);
  std::vector<double> heights(curves.size());
  double least = kTop;
  for (const std::size_t i : order) {
    heights[i] = std::max(end_of(i), least);
    least = heights[i] + kLabelRow;
  }
  return heights;
}

std::string curve_svg(const LatencyCurve& curve, const Frame& frame, std::size_t of_its_style,
                      double label_height) {
  static constexpr std::array kDashes = {"none", "6 4", "2 3", "10 4 2 4"};
  std::string path;
  for (const auto& [percent, us] : curve.points)
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", frame.x(percent), frame.y(us));
  const double end = frame.x(curve.points.back().first);
  return fmt::format(
      "<path class=\"curve\" style=\"stroke:var(--{0});stroke-dasharray:{1}\" d=\"{2}\">"
      "<title>{3}</title></path>\n"
      "<text x=\"{4:.1f}\" y=\"{5:.1f}\">{3}</text>\n",
      html_text(curve.style), kDashes[of_its_style % kDashes.size()], path, html_text(curve.label),
      end + 8, label_height + 4);
}

}  // namespace

std::string svg_of_latencies(const std::vector<LatencyCurve>& curves) {
  const Frame frame = frame_of(curves);
  const std::vector<double> heights = label_heights(curves, frame);
  const double height =
      std::max(kHeight, heights.empty() ? 0 : std::ranges::max(heights) + kLabelRow);
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {} {:.0f}\" role=\"img\" aria-label=\"Latency of requests by percent of "
      "them\">\n",
      kWidth, height);
  svg += axes_of(frame);
  std::map<std::string, std::size_t> of_style;
  for (std::size_t i = 0; i < curves.size(); ++i)
    svg += curve_svg(curves[i], frame, of_style[curves[i].style]++, heights[i]);
  return svg + "</svg>\n";
}

}  // namespace nobounce::report
