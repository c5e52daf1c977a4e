// SPDX-License-Identifier: Apache-2.0
#include "measure/energy.h"

#include <fmt/format.h>

#include <algorithm>

#include "sys/directory_names.h"
#include "sys/number_file.h"

namespace nobounce::measure {
namespace {

// No domain draws more; with it a counter of 2^32 units of 15.3 µJ lasts a minute and a half.
constexpr double kMostWatts = 700;

Error nothing_there(std::string object, std::string cause) {
  return {.code = Code::kNotFound,
          .operation = "open",
          .object = std::move(object),
          .cause = std::move(cause),
          .fix = {}};
}

/// "intel-rapl:0" → "package-0"; "intel-rapl:0:1" → "package-0/dram".
Result<std::string> rapl_name(const std::string& root, const std::string& domain) {
  NB_ASSIGN(std::string name, sys::read_word_file(fmt::format("{}/{}/name", root, domain)));
  if (std::ranges::count(domain, ':') < 2) return name;
  const std::string parent = domain.substr(0, domain.rfind(':'));
  NB_ASSIGN(const std::string above, sys::read_word_file(fmt::format("{}/{}/name", root, parent)));
  return fmt::format("{}/{}", above, name);
}

std::string hwmon_label(const std::string& directory, const std::string& sensor) {
  const auto label = sys::read_word_file(fmt::format("{}/{}_label", directory, sensor));
  return label ? *label : sensor;
}

}  // namespace

Result<EnergyCounters> read_rapl(const std::string& root) {
  NB_ASSIGN(const auto names, sys::names_in(root));
  EnergyCounters domains;
  for (const std::string& domain : names) {
    // "intel-rapl" itself is the control type, and "intel-rapl-mmio:0" the same package again.
    if (!domain.starts_with("intel-rapl:")) continue;
    NB_ASSIGN(std::string name, rapl_name(root, domain));
    const std::string path = fmt::format("{}/{}/", root, domain);
    NB_ASSIGN(const std::uint64_t energy_uj, sys::read_number_file(path + "energy_uj"));
    NB_ASSIGN(const std::uint64_t range_uj, sys::read_number_file(path + "max_energy_range_uj"));
    domains.emplace(std::move(name), EnergyCounter{.energy_uj = energy_uj, .range_uj = range_uj});
  }
  if (!domains.empty()) return domains;
  return fail(nothing_there(root + "/intel-rapl:*", "this host has no RAPL"));
}

Result<EnergyCounters> read_hwmon_energy(const std::string& root) {
  constexpr std::string_view kInput = "_input";
  NB_ASSIGN(const auto chips, sys::names_in(root));
  EnergyCounters sensors;
  for (const std::string& chip : chips) {
    const std::string directory = fmt::format("{}/{}", root, chip);
    NB_ASSIGN(const auto files, sys::names_in(directory));
    for (const std::string& file : files) {
      if (!file.starts_with("energy") || !file.ends_with(kInput)) continue;
      NB_ASSIGN(const std::string name, sys::read_word_file(directory + "/name"));
      NB_ASSIGN(const std::uint64_t energy_uj,
                sys::read_number_file(fmt::format("{}/{}", directory, file)));
      const std::string sensor = file.substr(0, file.size() - kInput.size());
      sensors.emplace(fmt::format("{}/{}", name, hwmon_label(directory, sensor)),
                      EnergyCounter{.energy_uj = energy_uj, .range_uj = 0});
    }
  }
  if (!sensors.empty()) return sensors;
  return fail(nothing_there(root + "/hwmon*/energy*_input", "no sensor counts energy"));
}

Result<EnergyCounters> read_gpu_energy(const sys::Nvml& nvml) {
  NB_ASSIGN(const auto devices, nvml.energies());
  EnergyCounters gpus;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    gpus.emplace(fmt::format("{} {}", i, devices[i].name),
                 EnergyCounter{.energy_uj = devices[i].energy_mj * 1000, .range_uj = 0});
  }
  return gpus;
}

Figure<EnergyUses> energy_between(const EnergyCounters& before, const EnergyCounters& after,
                                  double seconds) {
  EnergyUses uses;
  for (const auto& [name, end] : after) {
    const auto start = before.find(name);
    if (start == before.end()) continue;
    if (end.range_uj > 0 && static_cast<double>(end.range_uj) / 1e6 < kMostWatts * seconds) {
      return NotAvailable{
          fmt::format("the energy counter of {} may have begun anew more than once in {:.0f} s",
                      name, seconds)};
    }
    std::uint64_t used_uj = end.energy_uj - start->second.energy_uj;
    if (end.energy_uj < start->second.energy_uj) {
      if (end.range_uj < start->second.energy_uj) {
        return NotAvailable{fmt::format("the energy counter of {} was reset", name)};
      }
      used_uj = end.range_uj - start->second.energy_uj + end.energy_uj;
    }
    uses.emplace(name, EnergyUse{.joules = static_cast<double>(used_uj) / 1e6, .seconds = seconds});
  }
  return uses;
}

}  // namespace nobounce::measure
