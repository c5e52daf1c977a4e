// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
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

// Whether a wire before `wire_index`, or a station before `port` on that wire, is NIC `name`.
bool has_place_before(const Layout& layout, std::size_t wire_index, std::size_t port,
                      std::string_view name) {
  for (std::size_t one = 0; one <= wire_index; ++one) {
    const auto& stations = layout.wires[one].stations;
    const std::size_t end = one == wire_index ? port : stations.size();
    for (std::size_t i = 0; i < end; ++i) {
      if (stations[i].kind == Station::Kind::kNic && stations[i].name == name) return true;
    }
  }
  return false;
}

Status check_station(const Layout& layout, std::size_t wire_index, std::size_t port) {
  const Station& station = layout.wires[wire_index].stations[port];
  const std::string object = "wire " + layout.wires[wire_index].name;
  switch (station.kind) {
    case Station::Kind::kNic:
      if (std::ranges::find(layout.nics, station.name, &NicLayout::name) == layout.nics.end())
        return refuse(object, fmt::format("there is no NIC '{}'", station.name),
                      "name its stations as the NICs are named");
      if (has_place_before(layout, wire_index, port, station.name))
        return refuse(object, fmt::format("NIC '{}' has a place already", station.name),
                      "let each NIC be a station once, on one wire");
      return {};
    case Station::Kind::kTap:
      return check_name("TAP interface", station.name);
    case Station::Kind::kDatagram:
      if (station.local.empty() || station.peer.empty())
        return refuse(object, "a datagram station has two sockets, and one is missing",
                      "name the local one and the peer's");
      // It would receive what it sends, again and again.
      if (station.local == station.peer)
        return refuse(object, fmt::format("{} is its own peer", to_string(station)),
                      "name another socket, which the peer receives from");
      return {};
  }
  return {};
}

}  // namespace

std::string to_string(const Station& station) {
  switch (station.kind) {
    case Station::Kind::kNic:
      return station.name;
    case Station::Kind::kTap:
      return "tap:" + station.name;
    case Station::Kind::kDatagram:
      return fmt::format("dgram:{}:{}", station.local.string(), station.peer.string());
  }
  return {};
}

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

void add_accelerators(Layout& layout, std::uint32_t count, std::uint32_t guest,
                      const accelerator::AcceleratorOptions& options) {
  // More than this is refused whatever the number.
  for (std::size_t i = 0; i < std::min<std::size_t>(count, kMaxAccelerators + 1); ++i)
    layout.accelerators.push_back({.name = fmt::format("accel{}", layout.accelerators.size()),
                                   .options = options,
                                   .guest = guest});
}

Status check(const Layout& layout) {
  const std::size_t devices = layout.nics.size() + layout.accelerators.size();
  if (devices == 0 || layout.nics.size() > kMaxNics) {
    return refuse(fmt::format("a chassis of {} NICs", layout.nics.size()),
                  "it has something in it, and a place for each",
                  fmt::format("ask for 1 to {} NICs", kMaxNics));
  }
  if (layout.accelerators.size() > kMaxAccelerators)
    return refuse(fmt::format("a chassis of {} accelerators", layout.accelerators.size()),
                  "it has no place for so many",
                  fmt::format("ask for {} at most", kMaxAccelerators));
  for (std::size_t index = 0; index < layout.nics.size(); ++index)
    NB_TRY(check_nic(layout, index));
  for (std::size_t index = 0; index < layout.accelerators.size(); ++index)
    NB_TRY(check_accelerator(layout, index));
  for (std::size_t index = 0; index < layout.wires.size(); ++index)
    NB_TRY(check_wire(layout, index));
  for (const NicLayout& nic : layout.nics) {
    if (layout.wires.empty() || !has_place_before(layout, layout.wires.size() - 1,
                                                  layout.wires.back().stations.size(), nic.name))
      return refuse("NIC " + nic.name, "it is on no wire", "name it among the stations of one");
  }
  return {};
}

Status check_nic(const Layout& layout, std::size_t index) {
  const NicLayout& nic = layout.nics[index];
  NB_TRY(check_name("NIC", nic.name));
  const std::string mac = to_string(nic.options.mac);
  if (!is_station_address(nic.options.mac))
    return refuse("NIC " + nic.name, fmt::format("no NIC may have the MAC address {}", mac),
                  "choose one as in 02:6e:62:00:00:01");
  for (const NicLayout& other : std::span(layout.nics).first(index)) {
    if (other.name == nic.name)
      return refuse("NIC " + nic.name, "there are two of this name", "give each its own");
    if (other.options.mac == nic.options.mac)
      return refuse("NIC " + nic.name,
                    fmt::format("NIC {} has the MAC address {} too", other.name, mac),
                    "give each its own");
  }
  return {};
}

Status check_accelerator(const Layout& layout, std::size_t index) {
  const std::string& name = layout.accelerators[index].name;
  NB_TRY(check_name("accelerator", name));
  const auto before = std::span(layout.accelerators).first(index);
  if (std::ranges::find(layout.nics, name, &NicLayout::name) != layout.nics.end() ||
      std::ranges::find(before, name, &AcceleratorLayout::name) != before.end())
    return refuse("accelerator " + name, "there are two of this name", "give each its own");
  return {};
}

Status check_wire(const Layout& layout, std::size_t index) {
  const WireLayout& wire = layout.wires[index];
  NB_TRY(check_name("wire", wire.name));
  const std::string object = "wire " + wire.name;
  for (const WireLayout& other : std::span(layout.wires).first(index)) {
    if (other.name == wire.name)
      return refuse(object, "there are two of this name", "give each its own");
  }
  if (wire.stations.size() < 2 || wire.stations.size() > wire::Wire::kMaxPorts)
    return refuse(object, fmt::format("it has {} stations", wire.stations.size()),
                  fmt::format("name 2 to {}", wire::Wire::kMaxPorts));
  for (std::size_t port = 0; port < wire.stations.size(); ++port)
    NB_TRY(check_station(layout, index, port));
  if (wire.queue_bytes < kMinWireQueueBytes || wire.queue_bytes > kMaxWireQueueBytes)
    return refuse(object,
                  fmt::format("its queue of {} bytes is too small or too large", wire.queue_bytes),
                  fmt::format("give {} to {} bytes", kMinWireQueueBytes, kMaxWireQueueBytes));
  return wire::check(wire.impairments);
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
