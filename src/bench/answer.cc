// SPDX-License-Identifier: Apache-2.0
#include "bench/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "bench/statistics.h"
#include "bench/verdict.h"
#include "report/figure_json.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

constexpr std::array kWayAxes = {"engine", "tx_path", "rx_path"};
// Of both hosts, whoever moves the bytes.
constexpr std::array kSettingAxes = {"gro",
                                     "gso_max_bytes",
                                     "gro_max_bytes",
                                     "mtu",
                                     "cpus",
                                     "message_bytes",
                                     "nic_pairs",
                                     "direction",
                                     "flows",
                                     "load",
                                     "hold_ms",
                                     "pause_ms",
                                     "address_family",
                                     "mss_bytes",
                                     "header_split",
                                     "ring_entries",
                                     "run_seconds",
                                     "runs"};
// Of the engine alone.
constexpr std::array kEngineAxes = {"tx_memory",   "rx_memory",  "pool_bytes",  "receive_bytes",
                                    "token_batch", "cq_entries", "region_pages"};

template <std::size_t N>
std::size_t differences(const std::array<const char*, N>& axes, const json& one,
                        const json& other) {
  return static_cast<std::size_t>(std::ranges::count_if(axes, [&](const char* axis) {
    return one.value(axis, json()) != other.value(axis, json());
  }));
}

std::string full_name(const json& cell) {
  const std::string setting = cell.value("setting", "");
  return setting.empty() ? cell.value("way", "")
                         : fmt::format("{} ({})", cell.value("way", ""), setting);
}

Contender contender(const Judged& cell) {
  return {.id = cell.object.at("id"), .name = full_name(cell.object), .runs = cell.runs};
}

/// Plain sockets of ours at the setting of `cell`, as like it as there are; else the first way of
/// ours there.
const Judged* baseline_of(const std::vector<Judged>& cells, const Judged& cell) {
  const Judged* plainest = nullptr;
  const Judged* first = nullptr;
  std::size_t least = kEngineAxes.size() + 1;
  for (const Judged& other : cells) {
    if (other.cell.engine != Engine::kNobounce || other.runs.empty()) continue;
    const json& here = cell.object.at("axes");
    const json& there = other.object.at("axes");
    if (differences(kSettingAxes, here, there) != 0) continue;
    if (first == nullptr) first = &other;
    const std::size_t differing = differences(kEngineAxes, here, there);
    const bool plain = other.cell.paths.tx == "copy" && other.cell.paths.rx == "copy";
    if (!plain || differing >= least) continue;
    plainest = &other;
    least = differing;
  }
  return plainest != nullptr ? plainest : first;
}

/// The first cell of the same way that differs in `axis` alone: there that axis has its first
/// value, as cells expand in order. Nothing if that is `cell` itself or was not run.
const Judged* first_along(const std::vector<Judged>& cells, const Judged& cell, const char* axis) {
  const auto other = std::ranges::find_if(cells, [&](const Judged& candidate) {
    const json& here = cell.object.at("axes");
    const json& there = candidate.object.at("axes");
    return differences(kWayAxes, here, there) == 0 &&
           differences(kSettingAxes, here, there) + differences(kEngineAxes, here, there) == 1 &&
           here.value(axis, json()) != there.value(axis, json());
  });
  if (other == cells.end() || other->runs.empty()) return nullptr;
  const auto id_of = [](const Judged& judged) { return judged.object.at("id").get<std::size_t>(); };
  return id_of(*other) < id_of(cell) ? &*other : nullptr;
}

const json* best_by(const json& cells, const std::function<Figure<double>(const json&)>& figure) {
  const json* best = nullptr;
  double most = 0;
  for (const json& cell : cells) {
    const bool ours = cell.at("axes").value("engine", "") == "nobounce";
    if (!ours || cell.value("status", "") != "measured") continue;
    const Figure<double> value = figure(cell);
    if (!value.is_available() || (best != nullptr && value.value() <= most)) continue;
    best = &cell;
    most = value.value();
  }
  return best;
}

const json* verdict_on(const json& model, const json& cell) {
  for (const json& verdict : model.at("verdicts").at("against_baseline")) {
    if (verdict.at("cell") == cell.at("id")) return &verdict;
  }
  return nullptr;
}

std::string fastest_sentence(const json& model) {
  const json* best = best_by(model.at("cells"), [](const json& cell) {
    return number_in(cell, {"throughput_gbit_per_s", "mean"});
  });
  if (best == nullptr) return "No way of moving the bytes was measured to the end.";
  const json& figures = best->at("throughput_gbit_per_s");
  std::string sentence =
      fmt::format("The highest throughput was {:.2f} Gbit/s ({:.2f} to {:.2f}), by {}",
                  figures.at("mean").get<double>(), figures.at("least").get<double>(),
                  figures.at("most").get<double>(), full_name(*best));
  const Figure<double> of_line = number_in(*best, {"percent_of_line_rate", "mean"});
  if (of_line.is_available())
    sentence += fmt::format(", {:.1f}% of the wires' line rate", of_line.value());
  const json* verdict = verdict_on(model, *best);
  if (verdict == nullptr) return sentence + ", which is the baseline itself.";
  // The verdict begins with the name that the sentence ends with.
  const std::string words = verdict->value("words", "");
  const std::string name = full_name(*best);
  if (words.starts_with(name + " has "))
    return fmt::format("{}, which{}.", sentence, words.substr(name.size()));
  return fmt::format("{}: {}.", sentence, words);
}

std::string return_sentence(const json& model) {
  const auto total_roi = [](const json& cell) { return number_in(cell, {"roi", "total"}); };
  const json* best = best_by(model.at("cells"), total_roi);
  if (best == nullptr) return "No return on CPU can be given: the CPU of the machine was not read.";
  const json& exponents = model.at("bench").at("roi_exponents");
  std::string sentence = fmt::format(
      "The best return on CPU (throughput^{:g} over CPU^{:g}, both hosts) is that of {}",
      exponents.at("throughput").get<double>(), exponents.at("cost").get<double>(),
      full_name(*best));
  const json* verdict = verdict_on(model, *best);
  if (verdict == nullptr) return sentence + ", which is the baseline itself.";
  for (const json& cell : model.at("cells")) {
    if (cell.at("id") != verdict->at("against")) continue;
    const Figure<double> base = total_roi(cell);
    if (base.is_available() && base.value() > 0)
      sentence += fmt::format(", {:.1f} times that of {}", total_roi(*best).value() / base.value(),
                              full_name(cell));
  }
  return sentence + ".";
}

std::string caveat_sentence(const json& model) {
  const auto count = [&](const char* status) {
    return std::ranges::count_if(
        model.at("cells"), [&](const json& cell) { return cell.value("status", "") == status; });
  };
  const json& bench = model.at("bench");
  const bool has_axis_of_runs = std::ranges::any_of(
      model.at("cells"), [](const json& cell) { return cell.at("axes").contains("runs"); });
  std::string sentence =
      fmt::format("{} of {} cells were measured, with {}{} interleaved runs each",
                  count("measured"), model.at("cells").size(), has_axis_of_runs ? "at least " : "",
                  bench.at("runs").get<std::uint64_t>());
  for (const char* status : {"impossible", "failed", "unfinished"}) {
    if (count(status) > 0) sentence += fmt::format(", {} {}", count(status), status);
  }
  if (bench.at("runs").get<std::uint64_t>() < kPairsOfAClaim)
    sentence +=
        fmt::format("; a claim wants {} pairs of runs, so take it as a first look", kPairsOfAClaim);
  const json& accelerator = model.at("machine").at("accelerator");
  if (accelerator == "tcg")
    sentence += "; NIC and CPU are emulated, so only the ratios say something, and little of a NIC";
  return sentence + ".";
}

}  // namespace

json verdicts_on(const std::vector<Judged>& cells, std::uint64_t seed) {
  json verdicts = {{"against_baseline", json::array()}, {"by_axis", json::array()}};
  for (const Judged& cell : cells) {
    if (cell.runs.empty()) continue;
    const Judged* baseline = baseline_of(cells, cell);
    if (baseline != nullptr && baseline != &cell)
      verdicts["against_baseline"].push_back(
          to_json(judge(contender(cell), contender(*baseline), seed)));
    const auto judge_along = [&](const char* axis) {
      const Judged* other = first_along(cells, cell, axis);
      if (other == nullptr) return;
      verdicts["by_axis"].push_back(to_json(judge(contender(cell), contender(*other), seed)));
      verdicts["by_axis"].back()["axis"] = axis;
    };
    for (const char* axis : kSettingAxes) {
      // Cells that differ in it alone are the same, seen more or less often.
      if (std::string_view(axis) != "runs") judge_along(axis);
    }
    std::ranges::for_each(kEngineAxes, judge_along);
  }
  return verdicts;
}

std::vector<std::string> answer_of(const json& model) {
  return {fastest_sentence(model), return_sentence(model), caveat_sentence(model)};
}

}  // namespace nobounce::bench
