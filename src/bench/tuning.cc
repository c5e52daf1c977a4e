// SPDX-License-Identifier: Apache-2.0
#include "bench/tuning.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace nobounce::bench {
namespace {

using nlohmann::json;

/// "64K", and the bare number where it is no whole size.
std::string short_size(std::uint64_t bytes) {
  constexpr std::uint64_t kKi = 1024;
  if (bytes % (kKi * kKi) == 0) return fmt::format("{}M", bytes / (kKi * kKi));
  return bytes % kKi == 0 ? fmt::format("{}K", bytes / kKi) : std::to_string(bytes);
}

template <typename T>
void put(json& object, const char* name, const T& value) {
  if (value != T{}) object[name] = value;
}

}  // namespace

std::vector<LinkTuning> expand(const LinkTuningAxes& axes) {
  std::vector<LinkTuning> all;
  for (const std::string& family : axes.address_family) {
    for (const std::uint64_t mss : axes.mss_bytes) {
      for (const std::string& split : axes.header_split) {
        for (const std::uint64_t ring : axes.ring_entries)
          all.push_back({.address_family = family,
                         .mss_bytes = mss,
                         .header_split = split,
                         .ring_entries = ring});
      }
    }
  }
  return all;
}

std::vector<EngineTuning> expand(const EngineTuningAxes& axes) {
  std::vector<EngineTuning> all;
  for (const std::uint64_t receive : axes.receive_bytes) {
    for (const std::uint64_t batch : axes.token_batch) {
      for (const std::uint64_t cq : axes.cq_entries) {
        for (const std::string& pages : axes.region_pages)
          all.push_back({.receive_bytes = receive,
                         .token_batch = batch,
                         .cq_entries = cq,
                         .region_pages = pages});
      }
    }
  }
  return all;
}

std::vector<std::size_t> sizes_of(const LinkTuningAxes& axes) {
  return {axes.address_family.size(), axes.mss_bytes.size(), axes.header_split.size(),
          axes.ring_entries.size()};
}

std::vector<std::size_t> sizes_of(const EngineTuningAxes& axes) {
  return {axes.receive_bytes.size(), axes.token_batch.size(), axes.cq_entries.size(),
          axes.region_pages.size()};
}

json to_json(const LinkTuning& tuning) {
  json object = {{"address_family", tuning.address_family}};
  put(object, "mss_bytes", tuning.mss_bytes);
  put(object, "header_split", tuning.header_split);
  put(object, "ring_entries", tuning.ring_entries);
  return object;
}

json to_json(const EngineTuning& tuning) {
  json object = json::object();
  put(object, "receive_bytes", tuning.receive_bytes);
  put(object, "token_batch", tuning.token_batch);
  put(object, "cq_entries", tuning.cq_entries);
  put(object, "region_pages", tuning.region_pages);
  return object;
}

std::vector<std::string> words_of(const LinkTuning& tuning, const LinkTuningAxes& axes) {
  std::vector<std::string> words;
  if (axes.address_family.size() > 1) words.push_back("IP" + tuning.address_family);
  if (axes.mss_bytes.size() > 1) words.push_back(fmt::format("MSS {}", tuning.mss_bytes));
  if (axes.header_split.size() > 1) words.push_back("header split " + tuning.header_split);
  if (axes.ring_entries.size() > 1) words.push_back(fmt::format("rings {}", tuning.ring_entries));
  return words;
}

std::vector<std::string> words_of(const EngineTuning& tuning, const EngineTuningAxes& axes) {
  std::vector<std::string> words;
  if (axes.receive_bytes.size() > 1)
    words.push_back("receives of " + short_size(tuning.receive_bytes));
  if (axes.token_batch.size() > 1)
    words.push_back(
        fmt::format("{} token{} a call", tuning.token_batch, tuning.token_batch == 1 ? "" : "s"));
  if (axes.cq_entries.size() > 1) words.push_back(fmt::format("CQ {}", tuning.cq_entries));
  if (axes.region_pages.size() > 1) words.push_back(tuning.region_pages + " pages");
  return words;
}

std::string link_settings(const LinkTuning& tuning, const std::string& nic, bool is_receiver) {
  std::string script;
  if (tuning.ring_entries != 0)
    script += fmt::format("ethtool -G {1} rx {0} tx {0}\n", tuning.ring_entries, nic);
  if (is_receiver && !tuning.header_split.empty())
    script += fmt::format("ethtool -G {1} tcp-data-split {0}\n", tuning.header_split, nic);
  if (tuning.mss_bytes != 0) {
    // As `ip route` prints a route it also takes it; an MSS of before would stand there twice.
    script += fmt::format(
        "for family in -4 -6; do\n"
        "  ip $family route show dev {1} | sed 's/ advmss [0-9]*//' |\n"
        "  while read -r route; do ip $family route change $route dev {1} advmss {0}; done\n"
        "done\n",
        tuning.mss_bytes, nic);
  }
  return script;
}

std::optional<std::string> what_differs(const LinkTuning& tuning, const json& sender,
                                        const json& receiver) {
  const auto differs = [](const char* who, const json& in_force, const char* name,
                          const json& wanted) -> std::optional<std::string> {
    const json found = in_force.value(name, json());
    if (found == wanted) return std::nullopt;
    return fmt::format("{} of the {} is {}, not {}", name, who, found.dump(), wanted.dump());
  };
  const std::array<std::pair<const char*, std::uint64_t>, 3> wanted = {
      {{"rx_ring", tuning.ring_entries},
       {"tx_ring", tuning.ring_entries},
       {"advmss", tuning.mss_bytes}}};
  for (const auto& [name, value] : wanted) {
    if (value == 0) continue;
    if (auto difference = differs("sender", sender, name, value)) return difference;
    if (auto difference = differs("receiver", receiver, name, value)) return difference;
  }
  if (tuning.header_split.empty()) return std::nullopt;
  return differs("receiver", receiver, "header_split", tuning.header_split);
}

std::vector<std::string> receiver_flags(const EngineTuning& tuning) {
  std::vector<std::string> flags;
  const auto add = [&flags](const char* flag, std::uint64_t value) {
    if (value != 0) flags.insert(flags.end(), {flag, std::to_string(value)});
  };
  add("--receive-size", tuning.receive_bytes);
  add("--token-batch", tuning.token_batch);
  add("--cq-entries", tuning.cq_entries);
  return flags;
}

}  // namespace nobounce::bench
