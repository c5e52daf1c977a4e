// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu_by_core.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "bench/placement.h"
#include "bench/statistics.h"
#include "report/figure_json.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

constexpr std::array kKindsOfCore = {"user", "nice",  "system", "softirq",
                                     "irq",  "steal", "iowait", "idle"};

bool has(const std::vector<unsigned>& cpus, unsigned cpu) {
  return std::ranges::find(cpus, cpu) != cpus.end();
}

std::string part_of(const HostCpus& host, const char* name, unsigned cpu) {
  const bool application = has(host.application, cpu);
  const bool network = has(host.network, cpu);
  if (application && network) return name;
  return fmt::format("{}'s {}", name, application ? "application" : "network");
}

/// Whose CPU it is; empty for one that neither host was given.
std::string owner_of(const Cell& cell, const Placement& placement, unsigned cpu) {
  if (cell.cpus == Cpus::kAny) return "both hosts";
  const auto mine = [&](const HostCpus& host) {
    return has(host.application, cpu) || has(host.network, cpu);
  };
  if (mine(placement.sender)) return part_of(placement.sender, "sender", cpu);
  return mine(placement.receiver) ? part_of(placement.receiver, "receiver", cpu) : std::string();
}

/// The part of the run's time that CPU number `cpu` spent on `kind`, in percent.
Figure<double> percent_of(const json& run, unsigned cpu, const char* kind) {
  const json& side = run.at("receiver");
  const Figure<double> seconds = number_in(side, {"seconds"});
  for (const json& one : side.at("host_cpu_seconds_by_cpu")) {
    if (one.value("cpu", ~0U) != cpu) continue;
    const Figure<double> spent = number_in(one, {kind});
    if (!spent.is_available() || !seconds.is_available()) return spent;
    return 100 * spent.value() / seconds.value();
  }
  return NotAvailable{fmt::format("CPU {} was not always online", cpu)};
}

Figure<double> mean_percent(const std::vector<json>& runs, std::size_t drop_ends, unsigned cpu,
                            const char* kind) {
  std::vector<double> series;
  for (const json& run : runs) {
    const Figure<double> one = percent_of(run, cpu, kind);
    if (!one.is_available()) return one;
    series.push_back(one.value());
  }
  return middle_of(series, drop_ends).map([](const Middle& found) { return found.mean; });
}

}  // namespace

json cpu_by_core(const Cell& cell, const Field& field, std::size_t drop_ends,
                 const std::vector<json>& runs) {
  const auto placement = placement_of(cell.cpus, field.cpus);
  if (runs.empty() || !placement) return {{"not_available", "the cell has no runs"}};
  const json side = runs.front().value("receiver", json::object());
  const json by_cpu = side.value("host_cpu_seconds_by_cpu", json());
  if (!by_cpu.is_array())
    return {{"not_available", number_in(side, {"host_cpu_seconds_by_cpu"}).missing_probe()}};
  json cores = json::array();
  for (const json& one : by_cpu) {
    const unsigned cpu = one.value("cpu", ~0U);
    const std::string owner = owner_of(cell, *placement, cpu);
    if (owner.empty()) continue;
    json core = {{"cpu", cpu}, {"of", owner}};
    for (const char* kind : kKindsOfCore)
      core[kind] = mean_percent(runs, drop_ends, cpu, kind);
    cores.push_back(std::move(core));
  }
  return cores;
}

}  // namespace nobounce::bench
