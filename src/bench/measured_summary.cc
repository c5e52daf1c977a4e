// SPDX-License-Identifier: Apache-2.0
#include "bench/measured_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>

#include "bench/merged_figures.h"
#include "report/figure_json.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using Reshape = std::function<json(const json& figure, double seconds)>;

json not_available(const std::string& why) {
  return {{"not_available", why}};
}

/// One end of a run: what was measured, and for how long.
struct End {
  const json& measured;
  double seconds;

  [[nodiscard]] json figure(const char* name) const {
    if (is_missing(measured)) return measured;
    if (!measured.contains(name)) return not_available(fmt::format("no {} was recorded", name));
    return measured.at(name);
  }
};

/// `name` of each end, each reshaped where it is there.
std::vector<json> series(const std::vector<End>& ends, const char* name, const Reshape& reshape) {
  std::vector<json> figures;
  for (const End& end : ends) {
    json figure = end.figure(name);
    figures.push_back(is_missing(figure) ? std::move(figure) : reshape(figure, end.seconds));
  }
  return figures;
}

json as_it_is(const json& figure, double /*seconds*/) {
  return figure;
}

double percent(double part_s, double seconds) {
  return seconds > 0 ? 100 * part_s / seconds : 0;
}

/// {name: {user, system}} in percent of a CPU.
json threads_of(const json& threads, double seconds) {
  json by_name = json::object();
  for (const auto& [name, times] : threads.items()) {
    for (const char* kind : {"user", "system"})
      by_name[name][kind] = percent(times.value(kind, 0.0), seconds);
  }
  return by_name;
}

/// [{cpu, states: {name: {percent, entries_per_second}}}].
json idle_states_of(const json& cpus, double seconds) {
  json list = json::array();
  for (const json& cpu : cpus) {
    json states = json::object();
    for (const auto& [name, state] : cpu.at("states").items()) {
      const double entries = state.value("entries", 0.0);
      states[name] = {{"percent", percent(state.value("seconds", 0.0), seconds)},
                      {"entries_per_second", seconds > 0 ? entries / seconds : 0}};
    }
    list.push_back({{"cpu", cpu.at("cpu")}, {"states", std::move(states)}});
  }
  return list;
}

void add_numbers(json& to, const json& from) {
  for (const auto& [name, value] : from.items()) {
    if (value.is_number()) to[name] = to.value(name, 0.0) + value.get<double>();
  }
}

/// Pools of one kind of memory together: {memory: {pools, inflight_pages, statistics}}.
json page_pools_of(const json& pools, double /*seconds*/) {
  json by_memory = json::object();
  for (const json& pool : pools) {
    json& sum = by_memory[pool.value("memory", "host")];
    if (sum.is_null()) sum = json::object();
    sum["pools"] = sum.value("pools", 0.0) + 1;
    for (const char* name : {"inflight_pages", "inflight_bytes"})
      sum[name] = sum.value(name, 0.0) + pool.value(name, 0.0);
    const json statistics = pool.value("statistics", json::object());
    if (is_missing(statistics)) {
      sum["statistics"] = statistics;
    } else {
      json& sums = sum["statistics"];
      if (sums.is_null()) sums = json::object();
      add_numbers(sums, statistics);
    }
  }
  return by_memory;
}

/// All queues of one direction together.
json queues_of(const json& queues, double /*seconds*/) {
  json by_direction = {{"receive", json::object()}, {"send", json::object()}};
  for (const json& queue : queues) {
    json counters = queue;
    counters.erase("id");
    add_numbers(by_direction[queue.value("direction", "receive")], counters);
  }
  return by_direction;
}

json token_returns_of(const std::vector<End>& ends) {
  std::vector<json> tokens;
  double setsockopt_us = 0;
  for (const End& end : ends) {
    const json returns = end.figure("token_returns");
    if (is_missing(returns)) return returns;
    tokens.push_back(returns.at("tokens_per_call"));
    const json calls = end.figure("syscalls").value("setsockopt", json::object());
    setsockopt_us += calls.value("total_us", 0.0);
  }
  json summary = {{"tokens_per_call", merged_distribution(tokens)}};
  summary["ranges"] = mean_of_trees(series(
      ends, "token_returns", [](const json& figure, double) { return figure.at("ranges"); }));
  const Figure<double> count = number_in(summary, {"tokens_per_call", "sum"});
  if (count.is_available() && count.value() > 0) {
    summary["setsockopt_us_per_token"] = setsockopt_us / count.value();
  } else {
    summary["setsockopt_us_per_token"] = not_available("no token went back");
  }
  return summary;
}

json power_of(const std::vector<End>& ends, const char* name) {
  json power = mean_of_trees(series(ends, name, as_it_is));
  if (!is_missing(power)) power["watts"] = watts_in(power);
  return power;
}

json summary_of_ends(const std::vector<End>& ends) {
  json summary;
  summary["threads"] = mean_of_trees(series(ends, "threads", threads_of));
  summary["idle_states"] = mean_of_trees(series(ends, "idle_states", idle_states_of));
  summary["power"] = power_of(ends, "power");
  summary["idle_power"] = power_of(ends, "idle_power");
  summary["cpu_profile"] = mean_of_trees(series(ends, "cpu_profile", as_it_is));
  summary["syscalls"] = merged_syscalls(series(ends, "syscalls", as_it_is));
  summary["frags_per_receive"] = merged_distribution(series(ends, "frags_per_receive", as_it_is));
  summary["token_returns"] = token_returns_of(ends);
  summary["refill_depth"] = merged_distribution(series(ends, "refill_depth", as_it_is));
  summary["page_pools"] = mean_of_trees(series(ends, "page_pools", page_pools_of));
  summary["queues"] = mean_of_trees(series(ends, "queues", queues_of));
  summary["nic"] = mean_of_trees(series(ends, "nic", as_it_is));
  summary["tcp"] = mean_of_trees(series(ends, "tcp", as_it_is));
  return summary;
}

}  // namespace

Figure<double> watts_in(const json& power) {
  const json command = power.value("command", json::object());
  if (!is_missing(command)) {
    const Figure<double> watts = number_in(command, {"command", "watts"});
    if (watts.is_available()) return watts;
  }
  const json rapl = power.value("rapl", json::object());
  if (is_missing(rapl)) return number_in(power, {"rapl", "watts"});
  double sum = 0;
  std::size_t packages = 0;
  for (const auto& [domain, use] : rapl.items()) {
    const bool is_package = domain.starts_with("package-") && domain.find('/') == std::string::npos;
    // DRAM stands beside its package, all else within it.
    if (!is_package && !domain.ends_with("/dram")) continue;
    const Figure<double> watts = number_in(use, {"watts"});
    if (!watts.is_available()) return watts;
    packages += is_package ? 1 : 0;
    sum += watts.value();
  }
  if (packages == 0) return NotAvailable{"RAPL has no package here"};
  return sum;
}

json measured_of_streams(const std::vector<json>& streams, std::size_t longest) {
  json measured = streams.at(longest);
  const auto missing = std::ranges::find_if(streams, is_missing);
  if (missing != streams.end()) return *missing;
  const auto all = [&streams](const char* name) {
    std::vector<json> figures;
    for (const json& stream : streams)
      figures.push_back(stream.value(name, json()));
    return figures;
  };
  measured["syscalls"] = merged_syscalls(all("syscalls"));
  measured["frags_per_receive"] = merged_distribution(all("frags_per_receive"));
  measured["refill_depth"] = merged_distribution(all("refill_depth"));
  measured["tcp"] = mean_of_trees(all("tcp"));
  json& returns = measured["token_returns"];
  if (is_missing(returns)) return measured;
  std::vector<json> tokens;
  std::uint64_t ranges = 0;
  for (const json& stream : streams) {
    const json& one = stream.at("token_returns");
    if (is_missing(one)) {
      returns = one;
      return measured;
    }
    tokens.push_back(one.at("tokens_per_call"));
    ranges += one.value("ranges", std::uint64_t{0});
  }
  returns = {{"tokens_per_call", merged_distribution(tokens)}, {"ranges", ranges}};
  return measured;
}

json traced_summary_of(const std::vector<json>& runs, const std::string& why_none) {
  json summary;
  for (const char* side : {"sender", "receiver"}) {
    std::vector<json> traced;
    for (const json& run : runs) {
      const json end = run.value(side, json::object());
      if (end.contains("traced_syscalls")) traced.push_back(end.at("traced_syscalls"));
    }
    summary[side] = traced.empty() ? not_available(why_none) : merged_syscalls(traced);
  }
  return summary;
}

json measured_summary_of(const std::vector<json>& runs, std::size_t drop_ends) {
  json summary;
  for (const char* side : {"sender", "receiver"}) {
    if (runs.size() <= 2 * drop_ends) {
      summary[side] = not_available(fmt::format("{} runs leave none to average", runs.size()));
      continue;
    }
    static const json kNotAsked = not_available("the run was made without --measure");
    std::vector<End> ends;
    for (std::size_t i = drop_ends; i + drop_ends < runs.size(); ++i) {
      const json& end = runs[i].at(side);
      const auto measured = end.find("measured");
      ends.push_back({.measured = measured == end.end() ? kNotAsked : *measured,
                      .seconds = end.value("seconds", 0.0)});
    }
    const auto unmeasured =
        std::ranges::find_if(ends, [](const End& end) { return is_missing(end.measured); });
    summary[side] = unmeasured == ends.end() ? summary_of_ends(ends) : unmeasured->measured;
  }
  return summary;
}

}  // namespace nobounce::bench
