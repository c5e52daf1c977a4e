// SPDX-License-Identifier: Apache-2.0
#include "bench/not_measured.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "bench/merged_figures.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

/// What `path` leads to: a figure, or on the way the reason that there is none.
json figure_at(const json& cell, const std::vector<const char*>& path) {
  const json* at = &cell;
  for (const char* name : path) {
    if (is_missing(*at)) return *at;
    if (!at->is_object() || !at->contains(name))
      return {{"not_available", "no cell was measured to the end"}};
    at = &at->at(name);
  }
  return *at;
}

struct Wanted {
  const char* name;
  std::vector<std::vector<const char*>> paths;  // Any of them will do.
};

const std::vector<Wanted>& all_wanted() {
  static const std::vector<Wanted> wanted = {
      {"percent_of_line_rate", {{"percent_of_line_rate"}}},
      {"power_watts", {{"power", "watts"}}},
      {"idle_power_watts", {{"power", "idle_watts"}}},
      {"idle_states", {{"measured", "receiver", "idle_states"}}},
      {"syscall_times", {{"measured", "receiver", "syscalls"}, {"measured", "sender", "syscalls"}}},
      {"frags_histogram", {{"measured", "receiver", "frags_per_receive"}}},
      {"tokens_per_return", {{"measured", "receiver", "token_returns"}}},
      {"page_pools", {{"measured", "receiver", "page_pools"}}},
      {"queue_statistics", {{"measured", "receiver", "queues"}}},
      {"nic_counters", {{"measured", "receiver", "nic", "changed"}}},
      {"tcp", {{"measured", "sender", "tcp"}}},
      {"copied_bytes_per_byte", {{"landing", "copied_bytes_per_byte"}}},
  };
  return wanted;
}

}  // namespace

json not_measured_in(const json& cells) {
  json missing = json::object();
  for (const Wanted& wanted : all_wanted()) {
    json reason = {{"not_available", "no cell was measured to the end"}};
    bool is_there = false;
    for (const json& cell : cells) {
      // Of a peer, whose host is not read, nothing of this is asked.
      const bool is_ours = cell.at("axes").value("engine", "") == "nobounce";
      if (!is_ours || cell.value("status", "") != "measured") continue;
      for (const auto& path : wanted.paths) {
        const json figure = figure_at(cell, path);
        is_there = is_there || !is_missing(figure);
        if (is_missing(figure)) reason = figure;
      }
    }
    if (!is_there) missing[wanted.name] = reason;
  }
  return missing;
}

}  // namespace nobounce::bench
