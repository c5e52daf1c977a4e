// SPDX-License-Identifier: Apache-2.0
#include "bench/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/verdict.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

Contender contender(const json& cell, const std::string& bench) {
  std::vector<json> runs;
  for (const json& run : cell.at("runs")) {
    if (!run.value("warm_up", false) && !run.contains("error")) runs.push_back(run);
  }
  const std::string setting = cell.value("setting", "");
  return {.id = cell.at("id"),
          .name = fmt::format("{}{}{} of {}", cell.value("way", ""), setting.empty() ? "" : ", ",
                              setting, bench),
          .runs = std::move(runs)};
}

std::vector<std::string> differences(const json& first, const json& second) {
  std::vector<std::string> found;
  const auto look = [&](const char* group, const char* name) {
    const json one = first.at(group).value(name, json());
    const json two = second.at(group).value(name, json());
    if (one != two) found.push_back(fmt::format("{}: {} and {}", name, one.dump(), two.dump()));
  };
  for (const char* name : {"kernel", "cpu", "cpus", "accelerator", "qemu", "sysctls"})
    look("machine", name);
  for (const char* name : {"version", "git_revision"})
    look("nobounce", name);
  for (const char* name : {"seconds", "bytes", "runs", "seed"})
    look("bench", name);
  return found;
}

/// What one of two could measure and the other could not, with its reason.
std::string lack_of(const json& cell, const std::string& has, const json& other,
                    const std::string& lacks) {
  const std::string setting = cell.value("setting", "");
  return fmt::format("{}{}{}: measured in {}, {} in {}: {}", cell.value("way", ""),
                     setting.empty() ? "" : ", ", setting, has, other.value("status", ""), lacks,
                     other.value("reason", ""));
}

}  // namespace

json compare(const json& first, const std::string& first_name, const json& second,
             const std::string& second_name) {
  json comparison = {{"first", first_name},
                     {"second", second_name},
                     {"verdicts", json::array()},
                     {"lacks", json::array()},
                     {"differences", differences(first, second)}};
  const auto seed = first.at("bench").at("seed").get<std::uint64_t>();
  for (const json& cell : first.at("cells")) {
    const auto& others = second.at("cells");
    const auto other = std::ranges::find_if(
        others, [&](const json& candidate) { return candidate.at("axes") == cell.at("axes"); });
    if (other == others.end()) continue;
    const bool in_first = cell.at("status") == "measured";
    const bool in_second = other->at("status") == "measured";
    if (in_first && !in_second)
      comparison["lacks"].push_back(lack_of(cell, first_name, *other, second_name));
    if (!in_first && in_second)
      comparison["lacks"].push_back(lack_of(*other, second_name, cell, first_name));
    if (!in_first || !in_second) continue;
    Verdict verdict = judge(contender(cell, first_name), contender(*other, second_name), seed);
    verdict.words += " (not interleaved: the two were measured at different times)";
    comparison["verdicts"].push_back(to_json(verdict));
  }
  return comparison;
}

}  // namespace nobounce::bench
