// SPDX-License-Identifier: Apache-2.0
#include "report/bar_chart.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/axis_ticks.h"
#include "report/html_page.h"
#include "report/table.h"

namespace nobounce::report {
namespace {

constexpr double kWidth = 960;
constexpr double kRow = 24;
constexpr double kBar = 15;
constexpr double kGroupTitle = 24;
constexpr double kTop = 6;
constexpr double kBottom = 40;
// Of a letter at the style's 13 pixels, generously: no browser is asked.
constexpr double kLetter = 9.4;
constexpr double kLeastLabels = 90;

double total_of(const Bar& bar) {
  double total = 0;
  for (const BarSegment& segment : bar.segments)
    total += segment.value;
  return total;
}

/// Where things are.
struct Frame {
  double left = kLeastLabels;  ///< The axis' zero.
  double right = kWidth;       ///< Its last tick; notes stand behind.
  double height = 0;
  std::vector<double> ticks{};

  [[nodiscard]] double x(double value) const {
    return left + (right - left) * value / ticks.back();
  }
};

Frame frame_of(const BarChart& chart) {
  Frame frame{.height = kTop + kBottom};
  double most = 0;
  double note = 0;
  for (const BarGroup& group : chart.groups) {
    if (!group.title.empty()) frame.height += kGroupTitle;
    for (const Bar& bar : group.bars) {
      frame.height += kRow;
      frame.left =
          std::max(frame.left, static_cast<double>(display_width(bar.label)) * kLetter + 14);
      most = std::max({most, total_of(bar), bar.spread ? bar.spread->second : 0});
      // Where there is no bar the note has all the room.
      if (!bar.segments.empty())
        note = std::max(note, static_cast<double>(display_width(bar.note)) * kLetter + 12);
    }
  }
  frame.ticks = ticks_to(most);
  frame.right = kWidth - std::max(note, 24.0);
  return frame;
}

std::string axis_of(const BarChart& chart, const Frame& frame) {
  const double bottom = frame.height - kBottom + 4;
  std::string svg;
  for (const double tick : frame.ticks) {
    svg += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{}\" x2=\"{:.1f}\" y2=\"{}\"/>\n",
                       tick == 0 ? "axis" : "grid", frame.x(tick), kTop, frame.x(tick), bottom);
    svg += fmt::format(
        "<text class=\"dim tick\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
        frame.x(tick), bottom + 16, words_of_tick(tick, frame.ticks[1]));
  }
  return svg + fmt::format("<text class=\"dim\" x=\"{:.1f}\" y=\"{}\">{}</text>\n", frame.left,
                           bottom + 33, html_text(chart.unit));
}

std::string whisker_of(const Bar& bar, const Frame& frame, double middle) {
  if (!bar.spread) return {};
  const double low = frame.x(bar.spread->first);
  const double high = frame.x(bar.spread->second);
  return fmt::format(
      "<path class=\"whisker\" d=\"M{0:.1f} {2:.1f}H{1:.1f}M{0:.1f} {3:.1f}V{4:.1f}M{1:.1f} "
      "{3:.1f}V{4:.1f}\"/>\n",
      low, high, middle, middle - 4, middle + 4);
}

std::string bar_svg(const Bar& bar, const Frame& frame, double top) {
  const double middle = top + kRow / 2;
  std::string svg = fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
                                frame.left - 8, middle + 4.5, html_text(bar.label));
  double before = 0;
  for (const BarSegment& segment : bar.segments) {
    if (!(segment.value > 0)) continue;
    svg += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\">"
        "<title>{}</title></rect>\n",
        html_text(segment.style), frame.x(before), middle - kBar / 2,
        frame.x(before + segment.value) - frame.x(before), kBar, html_text(segment.title));
    before += segment.value;
  }
  svg += whisker_of(bar, frame, middle);
  const double end = std::max(before, bar.spread ? bar.spread->second : 0);
  return svg + fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                           bar.segments.empty() ? "dim" : "value", frame.x(end) + 8, middle + 4.5,
                           html_text(bar.note));
}

}  // namespace

std::string svg_of(const BarChart& chart) {
  const Frame frame = frame_of(chart);
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {} {:.0f}\" role=\"img\" aria-label=\"{}\" data-chart=\"{}\">\n", kWidth,
      frame.height, html_text(chart.description), html_text(chart.name));
  svg += axis_of(chart, frame);
  double top = kTop;
  for (const BarGroup& group : chart.groups) {
    if (!group.title.empty()) {
      svg += fmt::format("<text class=\"dim\" x=\"0\" y=\"{:.1f}\">{}</text>\n", top + 17,
                         html_text(group.title));
      top += kGroupTitle;
    }
    for (const Bar& bar : group.bars) {
      svg += fmt::format("<g data-key=\"{}\">\n{}</g>\n", html_text(bar.key),
                         bar_svg(bar, frame, top));
      top += kRow;
    }
  }
  return svg + "</svg>\n";
}

}  // namespace nobounce::report
