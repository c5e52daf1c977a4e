// SPDX-License-Identifier: Apache-2.0
#include "report/traced_rows.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace nobounce::report {
namespace {

using nlohmann::json;

constexpr double kLeastShare = 0.01;

/// By what they took in all, in µs.
std::vector<std::pair<double, std::string>> longest_calls(const json& calls) {
  std::vector<std::pair<double, std::string>> longest;
  double all_us = 0;
  for (const auto& [name, figures] : calls.items()) {
    const double total_us = figures.value("total_us", 0.0);
    longest.emplace_back(total_us, name);
    all_us += total_us;
  }
  std::ranges::sort(longest, [](const auto& one, const auto& other) {
    return one.first != other.first ? one.first > other.first : one.second < other.second;
  });
  std::erase_if(longest, [&](const auto& call) { return call.first < kLeastShare * all_us; });
  return longest;
}

}  // namespace

MeasuredTable traced_rows(const json& model) {
  MeasuredTable table{.header = {"way", "setting", "end", "call", "calls", "errors", "would block",
                                 "total ms", "min µs", "average µs", "max µs", "deviation µs"},
                      .numbers_from = 4};
  for (const json& cell : model.at("cells")) {
    if (cell.at("status") != "measured") continue;
    for (const char* end : {"sender", "receiver"}) {
      const json& calls = cell.at("traced_syscalls").at(end);
      if (calls.contains("not_available")) {
        if (table.missing.empty()) table.missing = calls.value("not_available", "");
        continue;
      }
      for (const auto& [total_us, name] : longest_calls(calls)) {
        std::vector<std::string> row = {cell.value("way", ""), cell.value("setting", ""), end,
                                        name};
        for (std::string& word : words_of_calls(calls.at(name)))
          row.push_back(std::move(word));
        table.rows.push_back(std::move(row));
      }
    }
  }
  return table;
}

}  // namespace nobounce::report
