// SPDX-License-Identifier: Apache-2.0
#include "report/ratio_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html_page.h"
#include "report/table.h"

namespace nobounce::report {
namespace {

constexpr double kWidth = 960;
constexpr double kRow = 24;
constexpr double kTop = 6;
constexpr double kBottom = 40;
constexpr double kLetter = 9.4;
constexpr double kNotes = 170;
constexpr double kLeast = 1e-3;

struct Frame {
  double left = 90;
  double right = kWidth - kNotes;
  double low = std::log(0.5);
  double high = std::log(2.0);

  [[nodiscard]] double x(double ratio) const {
    const double at = std::log(std::max(ratio, kLeast));
    return left + (right - left) * (at - low) / (high - low);
  }
};

// Ticks at 1, 2, 5 of each power of ten; always from 0.5 to 2 at least.
std::vector<double> ticks_between(double low, double high) {
  std::vector<double> ticks;
  for (int power = -3; power <= 3; ++power) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double tick = digit * std::pow(10, power);
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push_back(tick);
    }
  }
  return ticks;
}

Frame frame_of(const std::vector<RatioMark>& marks) {
  Frame frame;
  for (const RatioMark& mark : marks) {
    frame.left =
        std::max(frame.left, static_cast<double>(display_width(mark.label)) * kLetter + 14);
    frame.low = std::min(frame.low, std::log(std::max(mark.low, kLeast)) - 0.05);
    frame.high = std::max(frame.high, std::log(std::max(mark.high, kLeast)) + 0.05);
  }
  return frame;
}

std::string mark_svg(const RatioMark& mark, const Frame& frame, double middle) {
  std::string svg = fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
                                frame.left - 8, middle + 4.5, html_text(mark.label));
  svg += fmt::format("<path class=\"whisker\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>\n", frame.x(mark.low),
                     middle, frame.x(mark.high));
  svg += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5.5\"/>\n",
                     html_text(mark.style), frame.x(mark.ratio), middle);
  return svg + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{:.2f}× [{:.2f}, {:.2f}]</text>\n",
                           frame.right + 14, middle + 4.5, mark.ratio, mark.low, mark.high);
}

}  // namespace

std::string svg_of_ratios(const std::vector<RatioMark>& marks, const std::string& unit) {
  const Frame frame = frame_of(marks);
  const double height = kTop + kBottom + kRow * static_cast<double>(marks.size());
  const double bottom = height - kBottom + 4;
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {} {:.0f}\" role=\"img\" aria-label=\"{}\" data-chart=\"ratios\">\n",
      kWidth, height, html_text(unit));
  for (const double tick : ticks_between(std::exp(frame.low), std::exp(frame.high))) {
    svg += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{}\" x2=\"{:.1f}\" y2=\"{}\"/>\n",
                       std::abs(tick - 1) < 1e-9 ? "axis" : "grid", frame.x(tick), kTop,
                       frame.x(tick), bottom);
    svg += fmt::format(
        "<text class=\"dim tick\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:g}×</text>\n",
        frame.x(tick), bottom + 16, tick);
  }
  svg += fmt::format("<text class=\"dim\" x=\"{:.1f}\" y=\"{}\">{}</text>\n", frame.left,
                     bottom + 33, html_text(unit));
  for (std::size_t i = 0; i < marks.size(); ++i)
    svg += fmt::format("<g data-key=\"{}\">\n{}</g>\n", html_text(marks[i].key),
                       mark_svg(marks[i], frame, kTop + kRow * (static_cast<double>(i) + 0.5)));
  return svg + "</svg>\n";
}

}  // namespace nobounce::report
