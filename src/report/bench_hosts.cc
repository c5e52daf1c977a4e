// SPDX-License-Identifier: Apache-2.0
#include "report/bench_hosts.h"

#include <fmt/format.h>

#include "report/bench_figures.h"
#include "report/figure_json.h"

namespace nobounce::report {
namespace {

using nlohmann::json;

std::string at(const json& object, const char* name) {
  const json value = object.is_object() ? object.value(name, json()) : json();
  return value.is_null() ? "unknown" : text_or_reason(value);
}

std::string one_host(const json& host) {
  std::string words = fmt::format("{}, {} CPUs", at(host, "kernel"), at(host, "cpus"));
  for (const json& nic : host.value("nics", json::array()))
    words += fmt::format(", {} ({})", at(nic, "interface"), at(nic, "driver"));
  return words;
}

std::string clocks(const json& machine) {
  const json clock = machine.value("clock", json::object());
  const Figure<double> ahead = number_in(clock, {"ahead_ns"});
  const Figure<double> error = number_in(clock, {"error_ns"});
  if (!ahead.is_available() || !error.is_available())
    return "how their clocks stand is not available: " +
           (ahead.is_available() ? error : ahead).missing_probe();
  return fmt::format("its clock {:+.3f} ms of the sender's, give or take {:.3f} ms",
                     ahead.value() / 1e6, error.value() / 1e6);
}

}  // namespace

bool has_peer(const json& machine) {
  return machine.contains("peer") && machine.at("peer").is_object();
}

std::string words_of_hosts(const json& machine) {
  if (!has_peer(machine))
    return fmt::format("Linux {}, {} CPUs, {}", at(machine, "kernel"), at(machine, "cpus"),
                       at(machine, "accelerator"));
  return fmt::format("two machines: sender Linux {}; peer Linux {}, {}", one_host(machine),
                     one_host(machine.at("peer")), clocks(machine));
}

}  // namespace nobounce::report
