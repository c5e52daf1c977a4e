// SPDX-License-Identifier: Apache-2.0
#include "bench/recommendation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "bench/cell_summary.h"
#include "bench/statistics.h"
#include "host/path_order.h"
#include "report/figure_json.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using path::Path;

/// One end of the connection: whose order is wanted.
struct End {
  const std::string PathPair::* path;
  const std::string PathPair::* mate;  ///< Of the other end.
  std::span<const Path> table;
};
const End kReceiver = {.path = &PathPair::rx, .mate = &PathPair::tx, .table = host::kReceiveOrder};
const End kSender = {.path = &PathPair::tx, .mate = &PathPair::rx, .table = host::kSendOrder};

/// Pairs of runs of two paths, from all settings in which both were measured.
struct Evidence {
  std::vector<std::pair<double, double>> pairs{};
  std::vector<Figure<Ratio>> by_setting{};
  std::string both_ends{};  ///< How the cells are called, where the other end's path differs too.
  std::string missing{};    ///< The figure that some run lacks.
};

/// What pairs of runs come to.
struct Judgement {
  int better = 0;  ///< 1: the first, -1: the second, 0: neither is shown to be.
  std::size_t pairs = 0;
  std::string words{};
};

class Recommender {
 public:
  Recommender(const std::vector<Judged>& cells, const RoiExponents& exponents, std::uint64_t seed)
      : cells_(cells), exponents_(exponents), seed_(seed) {}

  [[nodiscard]] json of(const End& end) const {
    const std::vector<Path> paths = measured(end);
    std::set<std::pair<Path, Path>> better;
    json reasons = json::array();
    std::size_t most_pairs = 0;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      for (std::size_t j = i + 1; j < paths.size(); ++j) {
        const Judgement judgement = judge_paths(end, paths[i], paths[j]);
        if (judgement.words.empty()) continue;
        reasons.push_back(judgement.words);
        most_pairs = std::max(most_pairs, judgement.pairs);
        if (judgement.better > 0) better.emplace(paths[i], paths[j]);
        if (judgement.better < 0) better.emplace(paths[j], paths[i]);
      }
    }
    if (most_pairs < kPairsOfAClaim) return {{"not_available", why_none(paths, most_pairs)}};
    for (const Path path : end.table) {
      if (std::ranges::find(paths, path) == paths.end())
        reasons.push_back(fmt::format("{} was not measured", path::name_of(path)));
    }
    const std::vector<Path> order = sorted(end.table, better);
    json names = json::array();
    for (const Path path : order)
      names.push_back(path::name_of(path));
    return {{"order", std::move(names)},
            {"changes", !std::ranges::equal(order, end.table)},
            {"reasons", std::move(reasons)}};
  }

 private:
  /// Those of the table that have runs, in its order.
  [[nodiscard]] std::vector<Path> measured(const End& end) const {
    std::vector<Path> paths;
    for (const Path path : end.table) {
      if (std::ranges::any_of(cells_, [&](const Judged& cell) { return is_of(cell, end, path); }))
        paths.push_back(path);
    }
    return paths;
  }

  static bool is_of(const Judged& cell, const End& end, Path path) {
    return cell.cell.engine == Engine::kNobounce && !cell.runs.empty() &&
           cell.cell.paths.*end.path == path::name_of(path);
  }

  static json all_but_paths(const Judged& cell) {
    json axes = cell.object.at("axes");
    axes.erase("tx_path");
    axes.erase("rx_path");
    return axes;
  }

  /// Throughput^n over CPU^m of a run. CPU in percent is what a byte costs, times their rate.
  [[nodiscard]] Figure<double> return_of(const json& run) const {
    const Figure<double> throughput = number_in(run, {"gbit_per_s"});
    if (!throughput.is_available()) return throughput;
    if (exponents_.cost == 0) return roi_of(throughput.value(), 1, exponents_);
    const Figure<double> cost = cpu_seconds_per_gigabyte(run);
    if (!cost.is_available()) return cost;
    const double percent = cost.value() * throughput.value() / 8 * 100;
    return roi_of(throughput.value(), percent, exponents_);
  }

  void add(const Judged& first, const Judged& second, Evidence& evidence) const {
    std::map<std::uint64_t, const json*> by_round;
    for (const json& run : second.runs)
      by_round[run.value("round", std::uint64_t{0})] = &run;
    std::vector<std::pair<double, double>> pairs;
    for (const json& run : first.runs) {
      const auto other = by_round.find(run.value("round", std::uint64_t{0}));
      if (other == by_round.end()) continue;
      const Figure<double> one = return_of(run);
      const Figure<double> two = return_of(*other->second);
      if (!one.is_available()) evidence.missing = one.missing_probe();
      if (!two.is_available()) evidence.missing = two.missing_probe();
      if (one.is_available() && two.is_available()) pairs.emplace_back(one.value(), two.value());
    }
    if (pairs.empty()) return;
    evidence.by_setting.push_back(ratio_of(pairs, seed_));
    evidence.pairs.insert(evidence.pairs.end(), pairs.begin(), pairs.end());
  }

  /// Cells that differ in this end's path alone; where there are none, those that differ in both
  /// ends' paths.
  [[nodiscard]] Evidence evidence_on(const End& end, Path one, Path two) const {
    for (const bool same_mate : {true, false}) {
      Evidence evidence;
      for (const Judged& first : cells_) {
        if (!is_of(first, end, one)) continue;
        for (const Judged& second : cells_) {
          if (!is_of(second, end, two) || all_but_paths(first) != all_but_paths(second)) continue;
          const bool same = first.cell.paths.*end.mate == second.cell.paths.*end.mate;
          if (same != same_mate) continue;
          add(first, second, evidence);
          if (!same)
            evidence.both_ends = fmt::format("{}, {}", first.cell.way(), second.cell.way());
        }
      }
      if (!evidence.pairs.empty() || !evidence.missing.empty()) return evidence;
    }
    return {};
  }

  [[nodiscard]] Judgement judge_paths(const End& end, Path one, Path two) const {
    const Evidence evidence = evidence_on(end, one, two);
    const auto names = fmt::format("{} and {}", path::name_of(one), path::name_of(two));
    if (!evidence.missing.empty())
      return {.words = fmt::format("{} can't be compared: {}", names, evidence.missing)};
    const Figure<Ratio> all = ratio_of(evidence.pairs, seed_);
    if (!all.is_available()) return {};
    const Ratio& ratio = all.value();
    std::string what = fmt::format(
        "{:.2f}× [{:.2f}, {:.2f}] the return, {} pairs of runs in {} "
        "setting{}",
        ratio.median, ratio.low, ratio.high, ratio.pairs, evidence.by_setting.size(),
        evidence.by_setting.size() == 1 ? "" : "s");
    if (!evidence.both_ends.empty())
      what += fmt::format("; both ends' paths differ: {}", evidence.both_ends);
    if (ratio.pairs < kPairsOfAClaim)
      return {.pairs = ratio.pairs,
              .words = fmt::format("{}: a first look, {}; a claim wants {}", names, what,
                                   kPairsOfAClaim)};
    if (!ratio.shows_difference())
      return {.pairs = ratio.pairs,
              .words = fmt::format("{}: no difference shown, {}", names, what)};
    const bool first_is_better = ratio.low > 1;
    if (contradicts(evidence, first_is_better))
      return {.pairs = ratio.pairs,
              .words = fmt::format("{}: it depends on the setting, {} over all", names, what)};
    return {.better = first_is_better ? 1 : -1,
            .pairs = ratio.pairs,
            .words = fmt::format("{} {} {}: {}", path::name_of(one),
                                 first_is_better ? "before" : "behind", path::name_of(two), what)};
  }

  static bool contradicts(const Evidence& evidence, bool first_is_better) {
    return std::ranges::any_of(evidence.by_setting, [&](const Figure<Ratio>& setting) {
      if (!setting.is_available() || !setting.value().shows_difference()) return false;
      return (setting.value().low > 1) != first_is_better;
    });
  }

  /// Each time the first of the table's that no other one left is better than; where all are beaten
  /// in a circle, the first.
  static std::vector<Path> sorted(std::span<const Path> table,
                                  const std::set<std::pair<Path, Path>>& better) {
    std::vector<Path> left(table.begin(), table.end());
    std::vector<Path> order;
    while (!left.empty()) {
      auto next = std::ranges::find_if(left, [&](Path path) {
        return std::ranges::none_of(left,
                                    [&](Path other) { return better.contains({other, path}); });
      });
      if (next == left.end()) next = left.begin();
      order.push_back(*next);
      left.erase(next);
    }
    return order;
  }

  static std::string why_none(const std::vector<Path>& paths, std::size_t most_pairs) {
    if (paths.size() < 2)
      return "it takes two paths of this direction, measured in the same rounds";
    return fmt::format(
        "a claim wants {} interleaved pairs of runs of two paths, and the most are {}; "
        "set runs higher",
        kPairsOfAClaim, most_pairs);
  }

  const std::vector<Judged>& cells_;
  const RoiExponents exponents_;
  const std::uint64_t seed_;
};

/// A guest on fewer CPUs than it believes to have measures the scheduler below it.
std::string why_not_on(const json& machine) {
  const Figure<double> cpus = number_in(machine, {"cpus"});
  const Figure<double> below = number_in(machine, {"host", "cpus"});
  if (!cpus.is_available() || !below.is_available() || cpus.value() <= below.value()) return {};
  return fmt::format("oversubscribed: the guest has {} CPUs and the machine below it {}",
                     cpus.value(), below.value());
}

}  // namespace

json recommendation_of(const std::vector<Judged>& cells, const RoiExponents& exponents,
                       const json& machine, std::uint64_t seed) {
  json recommendation = {
      {"criterion", fmt::format("throughput^{:g} over the CPU^{:g} of both hosts",
                                exponents.throughput, exponents.cost)}};
  const std::string why_not = why_not_on(machine);
  const Recommender recommender(cells, exponents, seed);
  for (const auto& [name, end] : {std::pair{"receive", &kReceiver}, std::pair{"send", &kSender}}) {
    recommendation[name] =
        why_not.empty() ? recommender.of(*end) : json{{"not_available", why_not}};
  }
  return recommendation;
}

}  // namespace nobounce::bench
