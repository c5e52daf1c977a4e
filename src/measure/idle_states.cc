// SPDX-License-Identifier: Apache-2.0
#include "measure/idle_states.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

#include "sys/directory_names.h"
#include "sys/number_file.h"

namespace nobounce::measure {
namespace {

/// The number of "cpu12"; none for "cpufreq" and other neighbours.
std::optional<std::uint32_t> cpu_number(std::string_view name) {
  if (!name.starts_with("cpu")) return std::nullopt;
  name.remove_prefix(3);
  std::uint32_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, problem] = std::from_chars(name.data(), end, number);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace

Result<IdleStates> read_idle_states(const std::string& root) {
  NB_ASSIGN(const auto names, sys::names_in(root));
  IdleStates cpus;
  for (const std::string& name : names) {
    const auto cpu = cpu_number(name);
    if (!cpu) continue;
    const std::string directory = fmt::format("{}/{}/cpuidle", root, name);
    const auto states = sys::names_in(directory);
    if (!states) continue;  // Offline, or without.
    for (const std::string& state : *states) {
      if (!state.starts_with("state")) continue;
      const std::string path = fmt::format("{}/{}/", directory, state);
      NB_ASSIGN(std::string label, sys::read_word_file(path + "name"));
      NB_ASSIGN(const std::uint64_t time_us, sys::read_number_file(path + "time"));
      NB_ASSIGN(const std::uint64_t entries, sys::read_number_file(path + "usage"));
      add(cpus[*cpu][std::move(label)], {.time_us = time_us, .entries = entries});
    }
  }
  if (!cpus.empty()) return cpus;
  return fail({.code = Code::kNotFound,
               .operation = "open",
               .object = root + "/cpu*/cpuidle",
               .cause = "no CPU has idle states",
               .fix = {}});
}

}  // namespace nobounce::measure
