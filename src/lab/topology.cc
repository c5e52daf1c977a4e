// SPDX-License-Identifier: Apache-2.0
#include "lab/topology.h"

#include <fmt/format.h>

#include <charconv>

namespace nobounce::lab {
namespace {

constexpr std::string_view kMacPrefix = "02:6e:62:00:";
constexpr std::size_t kMacLength = 17;

std::optional<std::uint32_t> hex_byte(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<NicPlace> place_of_mac(std::string_view mac) {
  if (mac.size() != kMacLength || !mac.starts_with(kMacPrefix) || mac[14] != ':')
    return std::nullopt;
  const auto pair = hex_byte(mac.substr(12, 2));
  const auto end = hex_byte(mac.substr(15, 2));
  if (!pair || !end || *end > 1) return std::nullopt;
  return NicPlace{.pair = *pair, .end = *end};
}

NicCommands nic_commands(const std::vector<FoundNic>& nics, std::uint16_t mtu) {
  const std::string loopback = "link set lo up\n";
  NicCommands commands{
      .in_initial = loopback + "netns add a\nnetns add b\n", .in_a = loopback, .in_b = loopback};
  for (const FoundNic& nic : nics) {
    const auto place = place_of_mac(nic.mac);
    if (!place) continue;
    const bool is_a = place->end == 0;
    // Renamed on the way: eth0 of b may bear the name of a NIC that still waits here.
    commands.in_initial += fmt::format("link set dev {} netns {} name eth{}\n", nic.name,
                                       is_a ? "a" : "b", place->pair);
    // nodad: duplicate address detection would keep the address unusable for a second.
    (is_a ? commands.in_a : commands.in_b) += fmt::format(
        "link set dev eth{0} mtu {2}\n"
        "addr add 10.0.{0}.{1}/24 dev eth{0}\n"
        "addr add fd00:{0:x}::{1}/64 dev eth{0} nodad\n"
        "link set dev eth{0} up\n",
        place->pair, place->end + 1, mtu);
    ++commands.placed;
  }
  return commands;
}

}  // namespace nobounce::lab
