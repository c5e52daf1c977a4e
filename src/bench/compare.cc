// SPDX-License-Identifier: Apache-2.0
#include "bench/compare.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "bench/differences.h"
#include "bench/verdict.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

Contender contender(const json& cell, const std::string& bench) {
  std::vector<json> runs;
  for (const json& run : cell.at("runs")) {
    if (!run.value("warm_up", false) && !run.contains("error")) runs.push_back(run);
  }
  return {.id = cell.at("id"),
          .name = fmt::format("{} of {}", label_of(cell), bench),
          .runs = std::move(runs)};
}

const json* same_cell(const json& cells, const json& cell) {
  for (const json& candidate : cells) {
    if (candidate.at("axes") == cell.at("axes")) return &candidate;
  }
  return nullptr;
}

std::string status_words(const json& cell) {
  const std::string status = cell.value("status", "");
  const std::string reason = cell.value("reason", "");
  return reason.empty() ? status : fmt::format("{} ({})", status, reason);
}

/// Why a cell has no verdict, where it was measured in one of the two.
void add_lacking(const json& cell, const json& other, const std::string& first,
                 const std::string& second, json& lacking) {
  const bool one_alone = (cell.at("status") == "measured") != (other.at("status") == "measured");
  if (one_alone)
    lacking.push_back(fmt::format("{}: {} in {}, {} in {}", label_of(cell), status_words(cell),
                                  first, status_words(other), second));
}

std::string summary_of(const json& verdicts, const std::string& first) {
  std::size_t faster = 0;
  std::size_t slower = 0;
  for (const json& verdict : verdicts) {
    const json& ratio = verdict.at("throughput");
    if (!ratio.value("shows_difference", false)) continue;
    (ratio.at("low") > 1 ? faster : slower) += 1;
  }
  return fmt::format(
      "{} cells were measured in both: {} faster in {}, {} slower, {} without a difference shown. "
      "The two were not interleaved: what else changed between them is in the ratios.",
      verdicts.size(), faster, first, slower, verdicts.size() - faster - slower);
}

}  // namespace

json compare(const json& first, const std::string& first_name, const json& second,
             const std::string& second_name) {
  json comparison = {{"first", first_name}, {"second", second_name}};
  for (const char* list : {"cells", "verdicts", "lacking"})
    comparison[list] = json::array();
  const auto seed = first.at("bench").at("seed").get<std::uint64_t>();
  std::size_t unknown = 0;
  for (const json& cell : first.at("cells")) {
    const json* other = same_cell(second.at("cells"), cell);
    if (other == nullptr) {
      ++unknown;
      continue;
    }
    add_lacking(cell, *other, first_name, second_name, comparison["lacking"]);
    if (cell.at("status") != "measured" || other->at("status") != "measured") continue;
    comparison["cells"].push_back({{"id", cell.at("id")},
                                   {"way", cell.at("way")},
                                   {"setting", cell.at("setting")},
                                   {"axes", cell.at("axes")}});
    Verdict verdict = judge(contender(cell, first_name), contender(*other, second_name), seed);
    verdict.words += " (not interleaved)";
    comparison["verdicts"].push_back(to_json(verdict));
  }
  if (unknown > 0)
    comparison["lacking"].push_back(fmt::format("{} cells of {} are not in the matrix of {}",
                                                unknown, first_name, second_name));
  comparison["summary"] = summary_of(comparison["verdicts"], first_name);
  comparison["differences"] = differences_of(first, second);
  return comparison;
}

}  // namespace nobounce::bench
