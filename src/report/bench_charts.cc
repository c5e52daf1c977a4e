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

/// What becomes of a cell in a picture: its bars, none where it has no place there.
using BarsOf = std::vector<Bar> (*)(const json& cell);

/// Cells by their setting, in the order of the model: what is to be compared stands together.
std::vector<BarGroup> grouped(const std::vector<const json*>& cells, BarsOf bars_of) {
  std::vector<BarGroup> groups;
  for (const json* cell : cells) {
    std::vector<Bar> bars = bars_of(*cell);
    if (bars.empty()) continue;
    const std::string setting = cell->value("setting", "");
    auto group = std::ranges::find(groups, setting, &BarGroup::title);
    if (group == groups.end()) {
      groups.push_back({.title = setting, .bars = {}});
      group = groups.end() - 1;
    }
    for (Bar& bar : bars)
      group->bars.push_back(std::move(bar));
  }
  return groups;
}

std::string words_of_cpus(const std::string& cpus) {
  if (cpus == "1") return "One CPU a host, for network and application together";
  if (cpus == "2") return "Two CPUs a host, one for the network and one for the application";
  return "CPUs as the scheduler likes";
}

/// A picture for each number of CPUs, as a matrix of many cells has too many bars for one.
std::string charts_by_cpus(const json& model, BarChart chart, BarsOf bars_of) {
  std::vector<std::pair<std::string, std::vector<const json*>>> parts;
  for (const json& cell : model.at("cells")) {
    const std::string cpus = cell.at("axes").value("cpus", "");
    auto part = std::ranges::find(parts, cpus, &decltype(parts)::value_type::first);
    if (part == parts.end()) part = parts.insert(parts.end(), {cpus, {}});
    part->second.push_back(&cell);
  }
  std::string html;
  for (const auto& [cpus, cells] : parts) {
    chart.groups = grouped(cells, bars_of);
    if (chart.groups.empty()) continue;
    if (parts.size() > 1) html += fmt::format("<h3>{}</h3>\n", words_of_cpus(cpus));
    html += svg_of(chart);
  }
  return html;
}

std::string key_of(const json& cell) {
  return cell.at("id").dump();
}

/// Of a reason its beginning: the whole stands in its own list.
std::string short_reason(const json& cell) {
  const std::string reason = cell.value("reason", "");
  return fmt::format("{}: {}", cell.value("status", ""), reason.substr(0, reason.find(": ")));
}

std::vector<Bar> throughput_bars(const json& cell) {
  Bar bar{.label = cell.value("way", ""), .key = key_of(cell)};
  if (cell.at("status") != "measured") {
    bar.note = short_reason(cell);
    return {bar};
  }
  const json& figures = cell.at("throughput_gbit_per_s");
  const Figure<double> mean = number_in(figures, {"mean"});
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

/// Kinds that are work, in the order of the stack. The rare ones share a colour: each would be a
/// line too thin to see.
struct KindGroup {
  const char* style;
  std::vector<const char*> kinds;
};
const std::array kWork = {KindGroup{"user", {"user", "nice"}}, KindGroup{"system", {"system"}},
                          KindGroup{"softirq", {"softirq"}}, KindGroup{"irq", {"irq"}},
                          KindGroup{"other", {"steal"}}};

/// The stack of one CPU, or of one process, from its percentages by kind. A process has two.
Bar stack_of(const json& percent, std::string label, std::string key) {
  Bar bar{.label = std::move(label), .key = std::move(key)};
  double busy = 0;
  std::string missing;
  for (const KindGroup& group : kWork) {
    double value = 0;
    for (const char* kind : group.kinds) {
      if (!percent.contains(kind)) continue;
      const Figure<double> one = number_in(percent, {kind});
      if (!one.is_available()) missing = one.missing_probe();
      value += one.is_available() ? one.value() : 0;
    }
    bar.segments.push_back({.style = group.style,
                            .value = value,
                            .title = fmt::format("{}: {} {:.0f}%", bar.label, group.style, value)});
    busy += value;
  }
  bar.note = fmt::format("{:.0f}%", busy);
  const Figure<double> iowait = number_in(percent, {"iowait"});
  if (iowait.is_available() && iowait.value() >= 0.5)
    bar.note += fmt::format(" (+ {:.0f}% iowait)", iowait.value());
  if (!missing.empty()) {
    bar.segments.clear();
    bar.note = "not available: " + missing;
  }
  return bar;
}

/// A bar for each CPU that was given to a host; for an engine that reads no CPUs one for either
/// process.
std::vector<Bar> cpu_bars(const json& cell) {
  if (cell.at("status") != "measured") return {};
  std::vector<Bar> bars;
  const std::string way = cell.value("way", "");
  const json& cores = cell.at("cpu_by_core");
  if (cores.is_array()) {
    for (const json& core : cores)
      bars.push_back(stack_of(
          core, fmt::format("{}, CPU {} ({})", way, core.at("cpu").dump(), core.value("of", "")),
          fmt::format("{}/{}", key_of(cell), core.at("cpu").dump())));
    return bars;
  }
  for (const char* side : {"sender", "receiver"})
    bars.push_back(stack_of(cell.at("cpu_percent").at(std::string(side) + "_process"),
                            fmt::format("{}, {}'s process", way, side),
                            fmt::format("{}/{}", key_of(cell), side)));
  return bars;
}

std::vector<Bar> roi_bars(const json& cell) {
  if (cell.at("status") != "measured") return {};
  const Figure<double> roi = number_in(cell, {"roi", "total"});
  Bar bar{.label = cell.value("way", ""), .key = key_of(cell)};
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

/// Of which runs means are.
std::string words_of_mean(const json& model) {
  const auto runs = model.at("bench").at("runs").get<std::uint64_t>();
  const auto dropped = model.at("bench").at("drop_ends").get<std::uint64_t>();
  const bool is_axis = std::ranges::any_of(
      model.at("cells"), [](const json& cell) { return cell.at("axes").contains("runs"); });
  if (is_axis)
    return fmt::format("Mean of a cell's runs without the first {0} and the last {0}", dropped);
  return fmt::format("Mean of the middle {} of {} runs", runs - 2 * dropped, runs);
}

}  // namespace

std::string throughput_figure(const json& model) {
  return figure(
      fmt::format("{}; the line spans the slowest and the fastest of them. Sender's path → "
                  "receiver's path.",
                  words_of_mean(model)),
      charts_by_cpus(model,
                     {.description = "Throughput of each cell, in Gbit/s",
                      .unit = "Gbit/s of payload",
                      .groups = {},
                      .name = "throughput"},
                     throughput_bars));
}

std::string cpu_figure(const json& model) {
  return legend({{"user", "user"},
                 {"system", "system"},
                 {"softirq", "softirq"},
                 {"irq", "irq"},
                 {"other", "steal"}}) +
         figure(
             "All that a CPU did during the transfer, the network's work included; 100% is a CPU "
             "that is full. iowait is not work and stands apart. An engine that does not read "
             "CPUs has its two processes instead, without the network's work.",
             charts_by_cpus(model,
                            {.description = "CPU of each core by kind, in percent",
                             .unit = "percent of one CPU",
                             .groups = {},
                             .name = "cpu"},
                            cpu_bars));
}

std::string roi_figure(const json& model) {
  const json& exponents = model.at("bench").at("roi_exponents");
  return figure(
      fmt::format(
          "Throughput^{:g} (Gbit/s) over the CPU^{:g} of both hosts (percent of a CPU). More is "
          "better; the unit means nothing but in comparison.",
          exponents.at("throughput").get<double>(), exponents.at("cost").get<double>()),
      charts_by_cpus(model,
                     {.description = "Return on CPU of each cell",
                      .unit = "return on CPU",
                      .groups = {},
                      .name = "roi"},
                     roi_bars));
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

std::string ratio_figure(const json& verdicts, const json& cells, std::string_view pairs) {
  std::vector<RatioMark> marks;
  for (const json& verdict : verdicts) {
    const json* cell = cell_named(cells, verdict.at("cell"));
    const json& ratio = verdict.at("throughput");
    if (cell == nullptr || !ratio.contains("ratio")) continue;
    marks.push_back(
        {.label = name_of_cell(*cell),
         .style = style_of(*cell),
         .ratio = ratio.at("ratio"),
         .low = ratio.at("low"),
         .high = ratio.at("high"),
         .key = fmt::format("{}/{}", verdict.at("cell").dump(), verdict.at("against").dump())});
  }
  if (marks.empty()) return {};
  return figure(
      fmt::format(
          "Median ratio of {}, with the 95% bootstrap interval. An interval that crosses 1× "
          "shows no difference. Logarithmic axis.",
          pairs),
      svg_of_ratios(marks, "throughput to that which it is compared with"));
}

}  // namespace nobounce::report
