// SPDX-License-Identifier: Apache-2.0
#include "report/bench_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/figure_json.h"

namespace nobounce::report {
namespace {

Figure<double> member_of(const nlohmann::json& cell, std::initializer_list<const char*> path,
                         const char* member) {
  const nlohmann::json* at = &cell;
  for (const char* name : path) {
    if (!at->is_object() || !at->contains(name))
      return NotAvailable{std::string("no ") + name + " was recorded"};
    at = &at->at(name);
  }
  return number_in(*at, {member});
}

Figure<double> value_of(const nlohmann::json& cell, const RareFigure& figure) {
  return figure.within == nullptr ? number_in(cell, {figure.name, "mean"})
                                  : number_in(cell, {figure.within, figure.name, "mean"});
}

}  // namespace

std::string words_of(const Figure<double>& figure, int decimals) {
  return figure.is_available() ? fmt::format("{:.{}f}", figure.value(), decimals) : "–";
}

std::string mean_with_deviation(const nlohmann::json& cell, std::initializer_list<const char*> path,
                                int decimals) {
  const Figure<double> mean = member_of(cell, path, "mean");
  if (!mean.is_available()) return "–";
  return fmt::format("{:.{}f} ± {}", mean.value(), decimals,
                     words_of(member_of(cell, path, "deviation"), decimals));
}

std::vector<RareFigure> rare_figures(const nlohmann::json& model) {
  static constexpr std::array kAll = {RareFigure{"% of line", "percent_of_line_rate", 1},
                                      RareFigure{"fairness", "fairness", 3},
                                      RareFigure{"p50 us", "p50", 0, "latency_us"},
                                      RareFigure{"p99 us", "p99", 0, "latency_us"},
                                      RareFigure{"p99.9 us", "p99_9", 0, "latency_us"},
                                      RareFigure{"max us", "max", 0, "latency_us"}};
  std::vector<RareFigure> found;
  for (const RareFigure& figure : kAll) {
    if (std::ranges::any_of(model.at("cells"), [&](const nlohmann::json& cell) {
          return value_of(cell, figure).is_available();
        }))
      found.push_back(figure);
  }
  return found;
}

std::string words_of(const nlohmann::json& cell, const RareFigure& figure) {
  return words_of(value_of(cell, figure), figure.decimals);
}

std::string roi_words(const Figure<double>& roi) {
  if (!roi.is_available()) return "–";
  if (!(roi.value() > 0)) return "0";
  const int digits = 2 - static_cast<int>(std::floor(std::log10(roi.value())));
  return fmt::format("{:.{}f}", roi.value(), std::max(0, digits));
}

std::string name_of_cell(const nlohmann::json& cell) {
  const std::string setting = cell.value("setting", "");
  const std::string way = cell.value("way", "");
  return setting.empty() ? way : fmt::format("{}, {}", way, setting);
}

std::string text_or_reason(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("not_available"))
    return "not available: " + value.value("not_available", "");
  return value.is_null() ? "not available: nothing was recorded" : value.dump();
}

std::string_view name_of_baseline(const json& model) {
  for (const json& verdict : model.at("verdicts").at("against_baseline")) {
    const auto against = verdict.at("against").get<std::size_t>();
    if (model.at("cells").at(against).value("way", "") != "copy → copy")
      return "Against the first way";
  }
  return "Against plain sockets";
}

}  // namespace nobounce::report
