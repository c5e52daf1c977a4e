// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "emulator/chassis/mac_address.h"

namespace nobounce::emulator {
namespace {

// The prefix of all that is made here: locally administered, "nb" for the house.
gvnic::MacAddress mac_of(std::uint8_t plan, std::uint8_t group, std::uint8_t number) {
  return {0x02, 'n', 'b', plan, group, number};
}

constexpr std::uint8_t kPairPlan = 0;
constexpr std::uint8_t kSwitchPlan = 1;

NicLayout uniform_nic(const UniformOptions& options, std::string name, gvnic::MacAddress mac) {
  return {.name = std::move(name),
          .options = {.mac = mac, .queues = options.queues, .mtu = options.mtu}};
}

WireLayout uniform_wire(const UniformOptions& options, std::string name) {
  return {.name = std::move(name), .impairments = options.impairments, .seed = options.seed};
}

// More than this is refused whatever the number, which hence need not be gone through.
std::uint8_t bounded(std::uint32_t count) {
  return static_cast<std::uint8_t>(std::min<std::uint32_t>(count, kMaxNics + 1));
}

tl::unexpected<Error> refuse(std::string object, std::string cause, std::string fix) {
  return fail({.code = Code::kInvalidArgument,
               .operation = "lay out",
               .object = std::move(object),
               .cause = std::move(cause),
               .fix = std::move(fix)});
}

Status check_nics(const Layout& layout) {
  if (layout.nics.empty() || layout.nics.size() > kMaxNics) {
    return refuse(fmt::format("a chassis of {} NICs", layout.nics.size()),
                  "it has one at least, and a place for each",
                  fmt::format("ask for 1 to {} NICs", kMaxNics));
  }
  std::set<std::string_view> names;
  std::set<gvnic::MacAddress> macs;
  for (const NicLayout& nic : layout.nics) {
    NB_TRY(check_name("NIC", nic.name));
    if (!names.insert(nic.name).second)
      return refuse("NIC " + nic.name, "there are two of this name", "give each its own");
    const std::string mac = to_string(nic.options.mac);
    if (!is_station_address(nic.options.mac))
      return refuse("NIC " + nic.name, fmt::format("no NIC may have the MAC address {}", mac),
                    "choose one as in 02:6e:62:00:00:01");
    if (!macs.insert(nic.options.mac).second)
      return refuse("NIC " + nic.name, fmt::format("another has the MAC address {} too", mac),
                    "give each its own");
  }
  return {};
}

// `free_nics` are those that no wire had so far.
Status check_station(const std::string& wire, const Station& station,
                     std::set<std::string_view>& free_nics, const Layout& layout) {
  switch (station.kind) {
    case Station::Kind::kNic: {
      if (free_nics.erase(station.name) == 1) return {};
      const bool exists = std::ranges::any_of(
          layout.nics, [&](const NicLayout& nic) { return nic.name == station.name; });
      return exists ? refuse(wire, fmt::format("NIC '{}' has a place already", station.name),
                             "let each NIC be a station once, on one wire")
                    : refuse(wire, fmt::format("there is no NIC '{}'", station.name),
                             "name its stations as the NICs are named");
    }
    case Station::Kind::kTap:
      return check_name("TAP interface", station.name);
    case Station::Kind::kDatagram:
      if (!station.local.empty() && !station.peer.empty()) return {};
      return refuse(wire, "a datagram station has two sockets, and one is missing",
                    "name the local one and the peer's");
  }
  return {};
}

Status check_wires(const Layout& layout) {
  std::set<std::string_view> names;
  std::set<std::string_view> free_nics;
  for (const NicLayout& nic : layout.nics)
    free_nics.insert(nic.name);
  for (const WireLayout& wire : layout.wires) {
    NB_TRY(check_name("wire", wire.name));
    const std::string object = "wire " + wire.name;
    if (!names.insert(wire.name).second)
      return refuse(object, "there are two of this name", "give each its own");
    if (wire.stations.size() < 2 || wire.stations.size() > wire::Wire::kMaxPorts)
      return refuse(object, fmt::format("it has {} stations", wire.stations.size()),
                    fmt::format("name 2 to {}", wire::Wire::kMaxPorts));
    for (const Station& station : wire.stations)
      NB_TRY(check_station(object, station, free_nics, layout));
    NB_TRY(wire::check(wire.impairments));
  }
  if (!free_nics.empty())
    return refuse(fmt::format("NIC {}", *free_nics.begin()), "it is on no wire",
                  "name it among the stations of one");
  return {};
}

}  // namespace

Layout layout_of_pairs(const UniformOptions& options) {
  Layout layout;
  for (std::uint8_t number = 0; number < bounded(options.count); ++number) {
    WireLayout wire = uniform_wire(options, fmt::format("pair{}", number));
    for (const std::uint8_t side : {std::uint8_t{0}, std::uint8_t{1}}) {
      const std::string name = fmt::format("{}-{}", wire.name, side == 0 ? 'a' : 'b');
      layout.nics.push_back(uniform_nic(options, name, mac_of(kPairPlan, number, side)));
      wire.stations.push_back({.name = name});
    }
    layout.wires.push_back(std::move(wire));
  }
  return layout;
}

Layout layout_of_switch(const UniformOptions& options) {
  Layout layout;
  WireLayout wire = uniform_wire(options, "switch");
  for (std::uint8_t number = 0; number < bounded(options.count); ++number) {
    const std::string name = fmt::format("port{}", number);
    layout.nics.push_back(uniform_nic(options, name, mac_of(kSwitchPlan, 0, number)));
    wire.stations.push_back({.name = name});
  }
  layout.wires.push_back(std::move(wire));
  return layout;
}

Status check(const Layout& layout) {
  NB_TRY(check_nics(layout));
  return check_wires(layout);
}

Status check_name(std::string_view what, std::string_view name) {
  constexpr std::string_view kOthers = "._-";
  const auto is_fine = [&](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || kOthers.find(letter) != std::string_view::npos;
  };
  if (!name.empty() && name.size() <= kMaxNameLength && name.front() != '.' &&
      name.front() != '-' && std::ranges::all_of(name, is_fine))
    return {};
  return refuse(fmt::format("{} '{}'", what, name), "this can be no name",
                fmt::format("take 1 to {} letters, digits, '.', '_' and '-', and begin with a "
                            "letter or a digit",
                            kMaxNameLength));
}

std::filesystem::path socket_of(const Layout& layout, std::string_view name) {
  return layout.socket_directory / fmt::format("{}.sock", name);
}

}  // namespace nobounce::emulator
