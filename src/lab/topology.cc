// SPDX-License-Identifier: Apache-2.0
#include "lab/topology.h"

#include <fmt/format.h>

#include <charconv>

namespace nobounce::lab {
namespace {

constexpr std::string_view kPairPrefix = "02:6e:62:00:";
constexpr std::string_view kSwitchPrefix = "02:6e:62:01:00:";
constexpr std::size_t kMacLength = 17;

std::optional<std::uint32_t> hex_byte(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<NicPlace> place_of_mac(std::string_view mac) {
  if (mac.size() != kMacLength) return std::nullopt;
  const bool on_switch = mac.starts_with(kSwitchPrefix);
  if (!on_switch && (!mac.starts_with(kPairPrefix) || mac[14] != ':')) return std::nullopt;
  const auto network = hex_byte(mac.substr(12, 2));
  const auto host = hex_byte(mac.substr(15, 2));
  if (!network || !host || *host > (on_switch ? 25U : 1U)) return std::nullopt;
  return NicPlace{.network = *network, .host = *host};
}

NicCommands nic_commands(std::string_view hosts, const std::vector<FoundNic>& nics,
                         std::uint16_t mtu) {
  const std::string loopback = "link set lo up\n";
  NicCommands commands{.in_initial = loopback, .in_host = {}};
  for (const char host : hosts) {
    commands.in_initial += fmt::format("netns add {}\n", host);
    commands.in_host[host] = loopback;
  }
  for (const FoundNic& nic : nics) {
    const auto place = place_of_mac(nic.mac);
    if (!place) continue;
    const auto host = commands.in_host.find(host_name(place->host));
    if (host == commands.in_host.end()) continue;
    // Renamed on the way: eth0 of b may bear the name of a NIC that still waits here.
    commands.in_initial +=
        fmt::format("link set dev {} netns {} name eth{}\n", nic.name, host->first, place->network);
    // nodad: duplicate address detection would keep the address unusable for a second.
    host->second += fmt::format(
        "link set dev eth{0} mtu {2}\n"
        "addr add 10.0.{0}.{1}/24 dev eth{0}\n"
        "addr add fd00:{0:x}::{1}/64 dev eth{0} nodad\n"
        "link set dev eth{0} up\n",
        place->network, place->host + 1, mtu);
    ++commands.placed;
  }
  return commands;
}

}  // namespace nobounce::lab
