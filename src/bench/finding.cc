// SPDX-License-Identifier: Apache-2.0
#include "bench/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "report/figure_json.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

/// A figure of a cell that tells why an axis matters.
struct Telling {
  std::string_view words;
  std::vector<const char*> path;
  int decimals = 0;
};

struct Axis {
  const char* name;  // As the model has it.
  std::string_view words;
  std::vector<Telling> tellings;
};

/// Stands in a path for the pool that a way's payload lands in.
constexpr const char* kPayloadPool = "*pool";

const std::vector<Axis>& axes() {
  static const Telling kCpu = {"CPU seconds a GB", {"cpu_seconds_per_gigabyte", "mean"}, 2};
  static const Telling kSoftirq = {
      "softirq time of the machine in % of a CPU", {"cpu_percent", "machine", "softirq"}, 1};
  const auto pool = [](std::string_view words, const char* counter) {
    return Telling{words,
                   {"measured", "receiver", "page_pools", kPayloadPool, "statistics", counter}};
  };
  static const std::vector<Axis> all = {
      {"receive_bytes",
       "the size of a receive",
       {{"recvmsg calls a GB", {"syscalls_per_gigabyte", "receiver", "recvmsg"}}, kCpu}},
      {"token_batch",
       "the number of tokens a call",
       {{"µs of setsockopt a token",
         {"measured", "receiver", "token_returns", "setsockopt_us_per_token"},
         3},
        kCpu}},
      {"pool_bytes",
       "the size of the pool",
       {{"seconds that the window held the sender",
         {"measured", "sender", "tcp", "rwnd_limited_seconds"},
         2},
        {"segments sent again", {"measured", "sender", "tcp", "retransmits"}, 1}}},
      {"gro",
       "what merges segments",
       {pool("pages the pool gave the fast way", "fast"), pool("the slow way", "slow"),
        pool("pages that found its ring full", "recycle_ring_full"), kSoftirq}},
      {"cq_entries",
       "the size of the completion ring",
       {{"completions that found no room, a run", {"landing", "cq_overflows"}}, kCpu}},
      {"ring_entries",
       "the size of the NIC's rings",
       {{"packets that found no buffer", {"measured", "receiver", "nic", "rx_no_buffer"}}, kCpu}},
      {"cpus",
       "the number of CPUs of a host",
       {{"the receiver's CPU in %", {"cpu_percent", "busy", "receiver", "mean"}}, kSoftirq}},
      {"gso_max_bytes", "the largest packet of the sender", {kCpu}},
      {"gro_max_bytes", "the largest packet of the receiver", {kCpu}},
      {"mtu", "the MTU", {kCpu}},
      {"message_bytes", "the size of a message", {kCpu}},
      {"nic_pairs", "the number of NIC pairs", {kCpu}},
      {"direction", "the direction", {kCpu}},
      {"flows", "the number of flows", {{"Jain's fairness", {"fairness", "mean"}, 2}, kCpu}},
      {"load", "the load", {kCpu}},
      {"hold_ms", "how long the receiver holds what came", {kCpu}},
      {"pause_ms", "the pause after a message", {kCpu}},
      {"address_family", "the address family", {kCpu}},
      {"mss_bytes", "the MSS", {kCpu}},
      {"header_split", "header split", {kCpu}},
      {"run_seconds", "how long a run lasts", {kCpu}},
      {"region_pages", "the size of the regions' pages", {kCpu}},
      {"tx_memory", "the sender's memory", {kCpu}},
      {"rx_memory", "the receiver's memory", {kCpu}},
  };
  return all;
}

const json& cell_of(const json& model, const json& id) {
  return model.at("cells").at(id.get<std::size_t>());
}

bool varies(const json& cells, const char* axis) {
  std::set<std::string> values;
  for (const json& cell : cells) {
    if (cell.at("axes").contains(axis)) values.insert(cell.at("axes").at(axis).dump());
  }
  return values.size() > 1;
}

/// How far a ratio is from 1, as far as its interval says so: 0 where it holds 1.
double certain_distance(const json& verdict) {
  const json& ratio = verdict.at("throughput");
  const Figure<double> low = number_in(ratio, {"low"});
  const Figure<double> high = number_in(ratio, {"high"});
  if (!low.is_available() || !high.is_available() || !(low.value() > 0)) return 0;
  return std::max({0.0, std::log(low.value()), -std::log(high.value())});
}

double distance(const json& verdict) {
  const Figure<double> ratio = number_in(verdict, {"throughput", "ratio"});
  return ratio.is_available() && ratio.value() > 0 ? std::abs(std::log(ratio.value())) : 0;
}

std::string capital(std::string_view words) {
  std::string text(words);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] -= 'a' - 'A';
  return text;
}

Figure<double> told_by(const json& cell, const Telling& telling) {
  const std::string rx = cell.at("axes").value("rx_path", "");
  const json* at = &cell;
  for (const char* name : telling.path) {
    const std::string_view step = name != kPayloadPool ? std::string_view(name)
                                  : rx == "devmem"     ? "dma-buf"
                                  : rx == "zcrx"       ? "io_uring"
                                                       : "host";
    if (at->is_object() && at->contains("not_available")) break;
    if (!at->is_object() || !at->contains(step))
      return NotAvailable{fmt::format("no {} was recorded", step)};
    at = &at->at(std::string(step));
  }
  return number_in(*at, {});
}

std::string change_in(const json& from, const json& to, const Telling& telling) {
  const Figure<double> before = told_by(from, telling);
  const Figure<double> after = told_by(to, telling);
  for (const Figure<double>& one : {before, after}) {
    if (!one.is_available())
      return fmt::format("{} are not available ({})", telling.words, one.missing_probe());
  }
  return fmt::format("{} went from {:.{}f} to {:.{}f}", telling.words, before.value(),
                     telling.decimals, after.value(), telling.decimals);
}

std::string second_sentence(const json& model, const Axis& axis, const json& verdict) {
  const json& cell = cell_of(model, verdict.at("cell"));
  const json& first = cell_of(model, verdict.at("against"));
  std::string sentence = fmt::format("From {} to {} ({})", first.value("setting", ""),
                                     cell.value("setting", ""), cell.value("way", ""));
  const char* separator = " ";
  for (const Telling& telling : axis.tellings) {
    sentence += separator + change_in(first, cell, telling);
    separator = ", ";
  }
  return sentence + ".";
}

json nothing_compared(const json& model, const Axis& axis) {
  std::string why = "None of its cells was impossible.";
  for (const json& cell : model.at("cells")) {
    if (cell.value("status", "") == "measured") continue;
    why = fmt::format("{}, {} is {}: {}.", cell.value("way", ""), cell.value("setting", ""),
                      cell.value("status", ""), cell.value("reason", ""));
    break;
  }
  return {fmt::format("{} shows nothing here: no two cells that differ in it alone were measured.",
                      capital(axis.words)),
          why};
}

json sentences_on(const json& model, const Axis& axis) {
  const json* best = nullptr;
  std::size_t verdicts = 0;
  for (const json& verdict : model.at("verdicts").at("by_axis")) {
    if (verdict.value("axis", "") != axis.name) continue;
    ++verdicts;
    const bool says_more = best == nullptr || certain_distance(verdict) > certain_distance(*best) ||
                           (certain_distance(*best) == 0 && distance(verdict) > distance(*best));
    if (says_more) best = &verdict;
  }
  if (best == nullptr) return nothing_compared(model, axis);
  const std::string words = best->value("words", "");
  const std::string first =
      certain_distance(*best) > 0
          ? fmt::format("{} matters here, most so: {}.", capital(axis.words), words)
          : fmt::format("{} shows nothing here in {} verdict{}, of which the widest apart is: {}.",
                        capital(axis.words), verdicts, verdicts == 1 ? "" : "s", words);
  return {first, second_sentence(model, axis, *best)};
}

}  // namespace

json findings_of(const json& model) {
  json findings = json::array();
  for (const Axis& axis : axes()) {
    if (varies(model.at("cells"), axis.name))
      findings.push_back({{"axis", axis.name}, {"sentences", sentences_on(model, axis)}});
  }
  return findings;
}

}  // namespace nobounce::bench
