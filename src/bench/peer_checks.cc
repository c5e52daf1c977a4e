// SPDX-License-Identifier: Apache-2.0
#include "bench/peer_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "bench/cell_summary.h"
#include "bench/engine_result.h"
#include "bench/shape.h"
#include "bench/stream_figures.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

tl::unexpected<Error> refuse(std::string_view what, std::string_view where) {
  return fail({.code = Code::kProtocol,
               .operation = "read",
               .object = std::string(what),
               .cause = fmt::format("{} is not what it must be", where)});
}

/// Of a size that the sums of many runs still have room for.
bool is_number(const json& value) {
  constexpr double kMost = 1e15;
  return value.is_number() && std::abs(value.get<double>()) <= kMost;
}

/// Without anything that would move a terminal's cursor.
bool is_text(const json& value) {
  constexpr std::size_t kMostBytes = 4096;
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return text.size() <= kMostBytes && std::ranges::none_of(text, [](char letter) {
           const auto code = static_cast<unsigned char>(letter);
           // Kernel parameters have tabs between their numbers.
           return (code < 0x20 && letter != '\t') || code == 0x7f;
         });
}

bool is_missing(const json& value) {
  return value.is_object() && value.size() == 1 && value.contains("not_available") &&
         is_text(value.at("not_available"));
}

bool is_text_figure(const json& value) {
  return is_text(value) || is_missing(value);
}

bool is_number_figure(const json& value) {
  return is_number(value) || is_missing(value);
}

bool is_cpu_list(const json& value) {
  constexpr std::size_t kMostCpus = 1U << 16;
  return value.is_array() && value.size() <= kMostCpus &&
         std::ranges::all_of(value, [](const json& cpu) {
           return cpu.is_number_unsigned() && cpu.get<std::uint64_t>() < kMostCpus;
         });
}

using Check = bool (*)(const json&);

/// Whether the object has each of the names, of its kind.
template <std::size_t N>
const char* first_wrong(const json& object,
                        const std::array<std::pair<const char*, Check>, N>& wanted) {
  for (const auto& [name, holds] : wanted) {
    if (!object.is_object() || !object.contains(name) || !holds(object.at(name))) return name;
  }
  return nullptr;
}

bool is_unsigned(const json& value) {
  return value.is_number_unsigned();
}

bool has_text_figures(const json& value) {
  return value.is_object() && std::ranges::all_of(value, is_text_figure);
}

bool is_list_of_texts(const json& value) {
  return value.is_array() && std::ranges::all_of(value, is_text);
}

bool is_nic(const json& value) {
  static constexpr auto kWanted = std::to_array<std::pair<const char*, Check>>({
      {"interface", is_text},
      {"driver", is_text},
      {"rx_queues", is_unsigned},
      {"tx_queues", is_unsigned},
      {"speed_mbps", is_number_figure},
      {"families", is_list_of_texts},
  });
  return first_wrong(value, kWanted) == nullptr;
}

bool is_list_of_nics(const json& value) {
  return value.is_array() && !value.empty() &&
         value.size() <= static_cast<std::size_t>(kMostNicPairs) &&
         std::ranges::all_of(value, is_nic);
}

/// Numbers by name, or the reason why there are none.
bool has_number_figures(const json& value) {
  return is_missing(value) || (value.is_object() && std::ranges::all_of(value, is_number_figure));
}

bool is_list_of_cpus(const json& value) {
  if (is_missing(value)) return true;
  return value.is_array() && std::ranges::all_of(value, [](const json& entry) {
           return has_number_figures(entry) && entry.contains("cpu") &&
                  is_unsigned(entry.at("cpu"));
         });
}

/// Times of system calls by name, or the reason why there are none.
bool are_calls(const json& value) {
  return is_missing(value) ||
         (value.is_object() && std::ranges::all_of(value, [](const json& call) {
            return call.is_object() && std::ranges::all_of(call, is_number);
          }));
}

/// As a terminal and a report show them.
bool has_plain_names(const json& object) {
  for (const auto& [name, value] : object.items()) {
    if (!is_text(json(name))) return false;
  }
  return true;
}

/// What a report shows of it without summing it up.
bool is_measured(const json& measured) {
  if (is_missing(measured)) return true;
  if (!measured.is_object()) return false;
  const json missing = {{"not_available", "it is not there"}};
  const json profile = measured.value("cpu_profile", missing);
  const json nic = measured.value("nic", missing);
  const bool has_profile =
      profile.is_object() && has_number_figures(profile.value("percent", json())) &&
      profile.value("cpus", json()).is_array() &&
      std::ranges::all_of(profile.at("cpus"), [](const json& cpu) {
        return cpu.is_object() && cpu.value("cpu", json()).is_number_integer() &&
               has_number_figures(cpu.value("percent", json()));
      });
  const bool has_nic = nic.is_object() && is_text_figure(nic.value("driver", json())) &&
                       has_number_figures(nic.value("changed", json::object()));
  return (is_missing(profile) || has_profile) && (is_missing(nic) || has_nic);
}

/// In whatever depth: figures that are missing say why in a text, numbers are finite.
bool is_sound(const json& value) {
  if (value.is_number()) return is_number(value);
  if (value.is_string()) return is_text(value);
  if (value.is_object() && value.contains("not_available")) return is_missing(value);
  if (value.is_object() && !has_plain_names(value)) return false;
  return !value.is_structured() || std::ranges::all_of(value, is_sound);
}

/// Whether whoever reads a run's figures can read these. Those readers, nlohmann's way, throw where
/// a figure is of another type than it must be; here they are given the figures for a trial, so
/// that none can throw once they are on record.
bool can_be_summed_up(const json& result) {
  try {
    auto run = figures_of(result, result);
    if (!run) return false;
    (*run)["machines"] = 2;
    Matrix matrix;
    matrix.drop_ends = 0;
    Cell cell;
    for (const json& one : {*run, figures_of_streams({{.stream = {.flow = 0}, .figures = *run},
                                                      {.stream = {.flow = 1}, .figures = *run}})})
      summary_of(cell, matrix, Field{.a = Machine{}, .b = Machine{}}, {one});
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

}  // namespace

Status check_facts(const json& facts) {
  static constexpr auto kWanted = std::to_array<std::pair<const char*, Check>>({
      {"version", is_text},
      {"git_revision", is_text},
      {"cpus", is_unsigned},
      {"max_skb_frags", is_unsigned},
      {"kernel", is_text_figure},
      {"cpu", is_text_figure},
      {"sysctls", has_text_figures},
      {"usable_cpus", is_cpu_list},
      {"near_cpus", is_cpu_list},
      {"programs", is_list_of_texts},
      {"accelerators", is_unsigned},
      {"huge_page_bytes", is_unsigned},
      {"nics", is_list_of_nics},
  });
  if (const char* name = first_wrong(facts, kWanted)) return refuse("what the peer is", name);
  if (!is_sound(facts)) return refuse("what the peer is", "something in it");
  return {};
}

Status check_settings(const json& settings) {
  const bool is_flat =
      settings.is_object() && std::ranges::all_of(settings, [](const json& value) {
        return is_text(value) || is_number(value) || value.is_boolean() || is_missing(value);
      });
  return is_flat ? Status() : Status(refuse("the peer's settings", "one of them"));
}

Status check_engine_result(const json& result) {
  if (result.is_null()) return {};
  // All that a peer's receiver leaves.
  if (result.is_object() && result.size() == 1 && result.contains("traced_syscalls")) {
    if (is_sound(result) && are_calls(result.at("traced_syscalls"))) return {};
    return refuse("the peer's figures", "traced_syscalls");
  }
  if (!result.is_object() || !is_sound(result)) return refuse("the peer's figures", "one of them");
  static constexpr std::array kPositive = {"seconds", "bytes", "gbit_per_s"};
  for (const char* name : kPositive) {
    if (!result.contains(name) || !is_number(result.at(name)) || result.at(name) <= 0)
      return refuse("the peer's figures", name);
  }
  if (!is_unsigned(result.at("bytes"))) return refuse("the peer's figures", "bytes");
  static constexpr auto kShapes = std::to_array<std::pair<const char*, Check>>({
      {"syscalls", has_number_figures},
      {"cpu_seconds", has_number_figures},
      {"host_cpu_seconds", has_number_figures},
      {"host_cpu_seconds_by_cpu", is_list_of_cpus},
  });
  for (const auto& [name, holds] : kShapes) {
    if (result.contains(name) && !holds(result.at(name))) return refuse("the peer's figures", name);
  }
  if (result.contains("traced_syscalls") && !are_calls(result.at("traced_syscalls")))
    return refuse("the peer's figures", "traced_syscalls");
  if (result.contains("measured") && !is_measured(result.at("measured")))
    return refuse("the peer's figures", "measured");
  if (!can_be_summed_up(result)) return refuse("the peer's figures", "what was measured");
  return {};
}

}  // namespace nobounce::bench
