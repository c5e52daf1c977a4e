// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu_by_core.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

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

bool is_of(const HostCpus& host, unsigned cpu) {
  return has(host.application, cpu) || has(host.network, cpu);
}

/// Whose CPU it is, of one machine that both hosts share; empty for one that neither was given.
std::string owner_of(const Cell& cell, const Placement& placement, unsigned cpu) {
  if (cell.cpus == Cpus::kAny) return "both hosts";
  if (is_of(placement.sender, cpu)) return part_of(placement.sender, "sender", cpu);
  return is_of(placement.receiver, cpu) ? part_of(placement.receiver, "receiver", cpu)
                                        : std::string();
}

/// The part of the run's time that CPU number `cpu` spent on `kind`, in percent, as `side` saw it.
Figure<double> percent_of(const json& run, const char* side, unsigned cpu, const char* kind) {
  const json& end = run.at(side);
  const Figure<double> seconds = number_in(end, {"seconds"});
  const json by_cpu = end.value("host_cpu_seconds_by_cpu", json());
  if (!by_cpu.is_array()) return number_in(end, {"host_cpu_seconds_by_cpu"});
  for (const json& one : by_cpu) {
    if (one.value("cpu", ~0U) != cpu) continue;
    const Figure<double> spent = number_in(one, {kind});
    if (!spent.is_available() || !seconds.is_available()) return spent;
    return 100 * spent.value() / seconds.value();
  }
  return NotAvailable{fmt::format("CPU {} was not always online", cpu)};
}

Figure<double> mean_percent(const std::vector<json>& runs, std::size_t drop_ends, const char* side,
                            unsigned cpu, const char* kind) {
  std::vector<double> series;
  for (const json& run : runs) {
    const Figure<double> one = percent_of(run, side, cpu, kind);
    if (!one.is_available()) return one;
    series.push_back(one.value());
  }
  return middle_of(series, drop_ends).map([](const Middle& found) { return found.mean; });
}

/// The CPUs that `side` has read and that have an owner; the reason where it has read none.
template <typename OwnerOf>
json cores_of(const char* side, std::size_t drop_ends, const std::vector<json>& runs,
              OwnerOf&& owner_of_cpu) {
  const json end = runs.front().value(side, json::object());
  const json by_cpu = end.value("host_cpu_seconds_by_cpu", json());
  if (!by_cpu.is_array())
    return {{"not_available", number_in(end, {"host_cpu_seconds_by_cpu"}).missing_probe()}};
  json cores = json::array();
  for (const json& one : by_cpu) {
    const unsigned cpu = one.value("cpu", ~0U);
    const std::string owner = owner_of_cpu(cpu);
    if (owner.empty()) continue;
    json core = {{"cpu", cpu}, {"of", owner}};
    for (const char* kind : kKindsOfCore)
      core[kind] = mean_percent(runs, drop_ends, side, cpu, kind);
    cores.push_back(std::move(core));
  }
  return cores;
}

/// Each side has read the machine that is its own.
json cores_of_two_machines(const Placement& placement, std::size_t drop_ends,
                           const std::vector<json>& runs) {
  json cores = json::array();
  for (const auto& [side, cpus] :
       {std::pair{"sender", &placement.sender}, std::pair{"receiver", &placement.receiver}}) {
    json own = cores_of(side, drop_ends, runs, [&](unsigned cpu) {
      return is_of(*cpus, cpu) ? part_of(*cpus, side, cpu) : std::string();
    });
    if (!own.is_array()) return own;
    cores.insert(cores.end(), own.begin(), own.end());
  }
  return cores;
}

}  // namespace

json cpu_by_core(const Cell& cell, const Field& field, std::size_t drop_ends,
                 const std::vector<json>& runs) {
  const auto placement = placement_on(field, cell.cpus);
  if (runs.empty() || !placement) return {{"not_available", "the cell has no runs"}};
  if (field.is_two_machines()) return cores_of_two_machines(*placement, drop_ends, runs);
  return cores_of("receiver", drop_ends, runs,
                  [&](unsigned cpu) { return owner_of(cell, *placement, cpu); });
}

}  // namespace nobounce::bench
