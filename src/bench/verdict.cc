// SPDX-License-Identifier: Apache-2.0
#include "bench/verdict.h"

#include <fmt/format.h>

#include <functional>
#include <map>

#include "bench/cell_summary.h"
#include "report/figure_json.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

std::uint64_t round_of(const json& run) {
  return run.value("round", std::uint64_t{0});
}

Figure<Ratio> ratio_by(const Contender& first, const Contender& second, std::uint64_t seed,
                       const std::function<Figure<double>(const json&)>& figure) {
  std::map<std::uint64_t, const json*> by_round;
  for (const json& run : second.runs)
    by_round[round_of(run)] = &run;
  std::vector<std::pair<double, double>> pairs;
  for (const json& run : first.runs) {
    const auto other = by_round.find(round_of(run));
    if (other == by_round.end()) continue;
    const Figure<double> one = figure(run);
    const Figure<double> two = figure(*other->second);
    if (!one.is_available()) return NotAvailable{one.missing_probe()};
    if (!two.is_available()) return NotAvailable{two.missing_probe()};
    pairs.emplace_back(one.value(), two.value());
  }
  return ratio_of(pairs, seed);
}

std::string text_of(const Ratio& ratio) {
  return fmt::format("{:.2f}× [{:.2f}, {:.2f}]", ratio.median, ratio.low, ratio.high);
}

std::string cpu_words(const Figure<Ratio>& cpu) {
  if (!cpu.is_available())
    return fmt::format("; its CPU can't be compared: {}", cpu.missing_probe());
  if (!cpu.value().shows_difference())
    return fmt::format("; no difference in CPU a byte shown ({})", text_of(cpu.value()));
  return fmt::format(", at {} the CPU a byte", text_of(cpu.value()));
}

std::string words_of(const Contender& first, const Contender& second, const Verdict& verdict) {
  if (!verdict.throughput.is_available())
    return fmt::format("{} and {} can't be compared: {}", first.name, second.name,
                       verdict.throughput.missing_probe());
  const Ratio& throughput = verdict.throughput.value();
  std::string words = throughput.shows_difference()
                          ? fmt::format("{} has {} the throughput of {}", first.name,
                                        text_of(throughput), second.name)
                          : fmt::format("no difference in throughput shown between {} and {} ({})",
                                        first.name, second.name, text_of(throughput));
  words += cpu_words(verdict.cpu);
  if (throughput.pairs < kPairsOfAClaim)
    words += fmt::format(" ({} pair{} of runs: a first look, a claim wants {})", throughput.pairs,
                         throughput.pairs == 1 ? "" : "s", kPairsOfAClaim);
  return words;
}

}  // namespace

Verdict judge(const Contender& first, const Contender& second, std::uint64_t seed) {
  Verdict verdict{.first = first.id, .second = second.id};
  verdict.throughput =
      ratio_by(first, second, seed, [](const json& run) { return number_in(run, {"gbit_per_s"}); });
  verdict.cpu = ratio_by(first, second, seed, cpu_seconds_per_gigabyte);
  verdict.words = words_of(first, second, verdict);
  return verdict;
}

json to_json(const Ratio& ratio) {
  return {{"ratio", ratio.median},
          {"low", ratio.low},
          {"high", ratio.high},
          {"pairs", ratio.pairs},
          {"shows_difference", ratio.shows_difference()}};
}

json to_json(const Verdict& verdict) {
  const auto ratio_json = [](const Ratio& ratio) { return to_json(ratio); };
  json object = {{"cell", verdict.first}, {"against", verdict.second}, {"words", verdict.words}};
  object["throughput"] = verdict.throughput.map(ratio_json);
  object["cpu_per_byte"] = verdict.cpu.map(ratio_json);
  return object;
}

}  // namespace nobounce::bench
