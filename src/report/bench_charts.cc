// SPDX-License-Identifier: Apache-2.0
#include "report/bench_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "report/bar_chart.h"
#include "report/bench_figures.h"
#include "report/figure_json.h"
#include "report/html_page.h"
#include "report/latency_chart.h"
#include "report/ratio_chart.h"

namespace nobounce::report {
namespace {

using nlohmann::json;

/// The colour of a cell is that of the path which it receives by.
std::string style_of(const json& cell) {
  const json& axes = cell.at("axes");
  if (axes.value("engine", "") != "nobounce") return "peer";
  return axes.value("rx_path", "copy");
}

std::string figure(const std::string& caption, const std::string& content) {
  return fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", content, caption);
}

std::string legend(std::initializer_list<std::pair<const char*, const char*>> entries) {
  std::string html = "<div class=\"legend\">";
  for (const auto& [style, words] : entries)
    html += fmt::format("<span><i class=\"{}\"></i>{}</span>", style, words);
  return html + "</div>\n";
}

/// Measured cells by their setting, in the order of the model: what is to be compared stands
/// together.
template <typename MakeBar>
std::vector<BarGroup> grouped(const json& model, MakeBar&& bar_of) {
  std::vector<BarGroup> groups;
  for (const json& cell : model.at("cells")) {
    if (cell.at("status") != "measured") continue;
    const std::string setting = cell.value("setting", "");
    auto group = std::ranges::find(groups, setting, &BarGroup::title);
    if (group == groups.end()) {
      groups.push_back({.title = setting, .bars = {}});
      group = groups.end() - 1;
    }
    for (Bar& bar : bar_of(cell))
      group->bars.push_back(std::move(bar));
  }
  return groups;
}

std::vector<Bar> throughput_bars(const json& cell) {
  const json& figures = cell.at("throughput_gbit_per_s");
  const Figure<double> mean = number_in(figures, {"mean"});
  Bar bar{.label = cell.value("way", "")};
  if (!mean.is_available()) {
    bar.note = "not available: " + mean.missing_probe();
    return {bar};
  }
  const double least = figures.at("least");
  const double most = figures.at("most");
  bar.segments = {{.style = style_of(cell),
                   .value = mean.value(),
                   .title = fmt::format("{}: {:.2f} Gbit/s, {:.2f} to {:.2f}", name_of_cell(cell),
                                        mean.value(), least, most)}};
  bar.spread = {least, most};
  bar.note = fmt::format("{:.2f}", mean.value());
  const Figure<double> of_line = number_in(cell, {"percent_of_line_rate", "mean"});
  if (of_line.is_available()) bar.note += fmt::format(" ({:.1f}% of line)", of_line.value());
  return {bar};
}

/// One bar for either host: its CPUs where it has its own, else its process.
std::vector<Bar> cpu_bars(const json& cell) {
  const json& cpu = cell.at("cpu_percent");
  const bool by_cpus = cpu.at("busy").value("sides_are_of", "") == "cpus";
  std::vector<Bar> bars;
  for (const char* side : {"sender", "receiver"}) {
    const std::string source = std::string(side) + (by_cpus ? "_cpus" : "_process");
    Bar bar{.label = fmt::format("{}, {}", cell.value("way", ""), side)};
    double busy = 0;
    std::string missing;
    // The rare kinds share a colour: each would be a line too thin to see.
    for (const auto& [style, kinds] :
         {std::pair{"user", std::vector{"user", "nice"}},
          std::pair{"system", std::vector{"system"}}, std::pair{"softirq", std::vector{"softirq"}},
          std::pair{"irq", std::vector{"irq"}}, std::pair{"other", std::vector{"steal"}}}) {
      double value = 0;
      for (const char* kind : kinds) {
        if (!by_cpus && !cpu.at(source).contains(kind)) continue;  // A process has two kinds.
        const Figure<double> one = number_in(cpu.at(source), {kind});
        if (!one.is_available()) missing = one.missing_probe();
        value += one.is_available() ? one.value() : 0;
      }
      bar.segments.push_back({.style = style,
                              .value = value,
                              .title = fmt::format("{}: {} {:.0f}%", side, style, value)});
      busy += value;
    }
    bar.note = fmt::format("{:.0f}%", busy);
    const Figure<double> iowait = number_in(cpu.at(source), {"iowait"});
    if (iowait.is_available() && iowait.value() >= 0.5)
      bar.note += fmt::format(" (+ {:.0f}% iowait)", iowait.value());
    if (!missing.empty()) {
      bar.segments.clear();
      bar.note = "not available: " + missing;
    }
    bars.push_back(std::move(bar));
  }
  return bars;
}

std::vector<Bar> roi_bars(const json& cell) {
  const Figure<double> roi = number_in(cell, {"roi", "total"});
  Bar bar{.label = cell.value("way", "")};
  if (!roi.is_available()) {
    bar.note = "not available: " + roi.missing_probe();
    return {bar};
  }
  bar.segments = {{.style = style_of(cell),
                   .value = roi.value(),
                   .title = fmt::format("{}: {}", name_of_cell(cell), roi_words(roi))}};
  bar.note = roi_words(roi);
  return {bar};
}

const json* cell_named(const json& cells, const json& id) {
  for (const json& cell : cells) {
    if (cell.at("id") == id) return &cell;
  }
  return nullptr;
}

}  // namespace

std::string throughput_figure(const json& model) {
  const std::string chart = svg_of({.description = "Throughput of each cell, in Gbit/s",
                                    .unit = "Gbit/s of payload",
                                    .groups = grouped(model, throughput_bars)});
  const auto averaged = model.at("bench").at("runs").get<std::uint64_t>() -
                        2 * model.at("bench").at("drop_ends").get<std::uint64_t>();
  return figure(fmt::format("Mean of the middle {} of {} runs; the line spans the slowest and the "
                            "fastest of them. Sender's path → receiver's path.",
                            averaged, model.at("bench").at("runs").dump()),
                chart);
}

std::string cpu_figure(const json& model) {
  const std::string chart = svg_of({.description = "CPU of each host by kind, in percent of a CPU",
                                    .unit = "percent of one CPU",
                                    .groups = grouped(model, cpu_bars)});
  const bool any_own = std::ranges::any_of(model.at("cells"), [](const json& cell) {
    return cell.contains("cpu_percent") &&
           cell.at("cpu_percent").at("busy").value("sides_are_of", "") == "cpus";
  });
  return legend({{"user", "user"},
                 {"system", "system"},
                 {"softirq", "softirq"},
                 {"irq", "irq"},
                 {"other", "steal"}}) +
         figure(any_own ? "All that a host's own CPUs did during the transfer, the network's work "
                          "included; iperf3 reports no more than its processes. iowait is not work "
                          "and stands apart."
                        : "User and system time of the two processes. The hosts share CPUs, so the "
                          "network's work (softirq) can't be given to either: axis cpus does that.",
                chart);
}

std::string roi_figure(const json& model) {
  const json& exponents = model.at("bench").at("roi_exponents");
  return figure(
      fmt::format(
          "Throughput^{:g} (Gbit/s) over the CPU^{:g} of both hosts (percent of a CPU). More is "
          "better; the unit means nothing but in comparison.",
          exponents.at("throughput").get<double>(), exponents.at("cost").get<double>()),
      svg_of({.description = "Return on CPU of each cell",
              .unit = "return on CPU",
              .groups = grouped(model, roi_bars)}));
}

std::string latency_figure(const json& model) {
  std::vector<LatencyCurve> curves;
  for (const json& cell : model.at("cells")) {
    if (cell.at("status") != "measured" || !cell.contains("latency_us")) continue;
    LatencyCurve curve{.label = name_of_cell(cell), .style = style_of(cell)};
    for (const json& point : cell.at("latency_us").value("curve", json::array()))
      curve.points.emplace_back(point.at("percent").get<double>(), point.at("us").get<double>());
    if (!curve.points.empty()) curves.push_back(std::move(curve));
  }
  if (curves.empty()) return {};
  return figure(
      "So many percent of the requests had their answer within so many microseconds: from the "
      "first byte sent to the last byte of the answer, of all counted runs together. Both axes "
      "are logarithmic, the lower one in nines: what matters is at the right.",
      svg_of_latencies(curves));
}

std::string ratio_figure(const json& verdicts, const json& cells) {
  std::vector<RatioMark> marks;
  for (const json& verdict : verdicts) {
    const json* cell = cell_named(cells, verdict.at("cell"));
    const json& ratio = verdict.at("throughput");
    if (cell == nullptr || !ratio.contains("ratio")) continue;
    marks.push_back({.label = name_of_cell(*cell),
                     .style = style_of(*cell),
                     .ratio = ratio.at("ratio"),
                     .low = ratio.at("low"),
                     .high = ratio.at("high")});
  }
  if (marks.empty()) return {};
  return figure(
      "Median ratio of interleaved pairs of runs, with the 95% bootstrap interval. An "
      "interval that crosses 1× shows no difference. Logarithmic axis.",
      svg_of_ratios(marks, "throughput to that which it is compared with"));
}

}  // namespace nobounce::report
