// SPDX-License-Identifier: Apache-2.0
#include "report/bench_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/bench_figures.h"
#include "report/bench_hosts.h"
#include "report/bench_recommendation.h"
#include "report/figure_json.h"
#include "report/measured_rows.h"
#include "report/table.h"

namespace nobounce::report {
namespace {

using nlohmann::json;

std::string cells_table(const json& model) {
  const std::vector<RareFigure> rare = rare_figures(model);
  std::vector<Column> columns = {{"way"}, {"setting"}, {"Gbit/s", Align::kRight}};
  for (const RareFigure& figure : rare)
    columns.push_back({figure.title, Align::kRight});
  for (const char* title : {"CPU % tx", "CPU % rx", "CPU % all", "CPU s/GB", "ROI all", "runs"})
    columns.push_back({title, Align::kRight});
  Table table(std::move(columns));
  for (const json& cell : model.at("cells")) {
    if (cell.at("status") != "measured") continue;
    const auto busy = [&](const char* who) {
      return words_of(number_in(cell, {"cpu_percent", "busy", who, "mean"}), 0);
    };
    std::vector<std::string> row = {cell.value("way", ""), cell.value("setting", ""),
                                    mean_with_deviation(cell, {"throughput_gbit_per_s"}, 2)};
    for (const RareFigure& figure : rare)
      row.push_back(words_of(cell, figure));
    row.insert(row.end(), {busy("sender"), busy("receiver"), busy("total"),
                           mean_with_deviation(cell, {"cpu_seconds_per_gigabyte"}, 2),
                           roi_words(number_in(cell, {"roi", "total"})),
                           words_of(number_in(cell, {"throughput_gbit_per_s", "averaged"}), 0)});
    table.add_row(std::move(row));
  }
  return table.to_string();
}

/// A column that no cell has a figure for is left out.
std::string overview(const json& model) {
  const MeasuredTable all = overview_rows(model);
  std::vector<std::size_t> kept;
  for (std::size_t column = 0; column < all.header.size(); ++column) {
    const bool any =
        std::ranges::any_of(all.rows, [column](const auto& row) { return row[column] != "–"; });
    if (any) kept.push_back(column);
  }
  if (kept.size() <= all.numbers_from) return {};
  std::vector<Column> columns;
  for (const std::size_t column : kept)
    columns.push_back({.header = all.header[column],
                       .align = column < all.numbers_from ? Align::kLeft : Align::kRight});
  Table table(std::move(columns));
  for (const auto& row : all.rows) {
    std::vector<std::string> words;
    for (const std::size_t column : kept)
      words.push_back(row[column]);
    table.add_row(std::move(words));
  }
  return "\n" + table.to_string();
}

/// A line for each cell without figures.
std::string others(const json& model) {
  std::string text;
  for (const json& cell : model.at("cells")) {
    if (cell.at("status") == "measured") continue;
    text += fmt::format("{}: {}: {}\n", cell.value("status", ""), name_of_cell(cell),
                        cell.value("reason", ""));
  }
  return text.empty() ? text : "\n" + text;
}

std::string words_of_all(const json& verdicts, const std::string& title) {
  if (verdicts.empty()) return {};
  std::string text = "\n" + title + "\n";
  for (const json& verdict : verdicts)
    text += fmt::format("  {}\n", verdict.value("words", ""));
  return text;
}

}  // namespace

std::string text_of_bench(const json& model) {
  const json& bench = model.at("bench");
  std::string text = fmt::format("bench {}, begun {}, seed {}; {}\n\n", bench.value("name", ""),
                                 bench.value("begun", ""), bench.at("seed").dump(),
                                 words_of_hosts(model.at("machine")));
  text += cells_table(model) + overview(model) + others(model);
  text += words_of_all(model.at("verdicts").at("against_baseline"),
                       fmt::format("{}:", name_of_baseline(model)));
  text += words_of_all(model.at("verdicts").at("by_axis"), "By setting:");
  for (const json& finding : model.at("findings")) {
    text += "\n";
    for (const json& sentence : finding.at("sentences"))
      text += sentence.get<std::string>() + "\n";
  }
  text += text_of_recommendation(model.at("recommendation"));
  text += "\n";
  for (const json& sentence : model.at("answer"))
    text += sentence.get<std::string>() + "\n";
  return text;
}

std::string text_of_comparison(const json& comparison) {
  std::string text = fmt::format("\n{} against {}: {}\n", comparison.value("first", ""),
                                 comparison.value("second", ""), comparison.value("summary", ""));
  for (const json& line : comparison.at("verdicts"))
    text += fmt::format("  {}\n", line.value("words", ""));
  for (const json& line : comparison.at("lacking"))
    text += fmt::format("  in one alone: {}\n", line.get<std::string>());
  for (const json& difference : comparison.at("differences"))
    text += fmt::format("  differs: {}\n", difference.get<std::string>());
  return text;
}

}  // namespace nobounce::report
