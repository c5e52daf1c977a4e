// SPDX-License-Identifier: Apache-2.0
// Which NICs, wires and accelerators the lab has, and which guest has which of them. Pure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "emulator/accelerator/accelerator.h"
#include "emulator/chassis/layout.h"
#include "emulator/gvnic/doorbell_map.h"
#include "emulator/gvnic/gvnic_options.h"
#include "emulator/wire/wire.h"

namespace nobounce::lab {

enum class Topology {
  kPair,    ///< Hosts a and b, joined by cables.
  kSwitch,  ///< Hosts a, b, c, …, with a NIC each on one switch.
};

inline constexpr std::uint32_t kMostPairs = 8;
inline constexpr std::uint32_t kFewestHosts = 2;
inline constexpr std::uint32_t kMostHosts = 8;
inline constexpr std::uint32_t kMostAccelerators = 8;  ///< Of a guest.
inline constexpr std::uint32_t kMostQueues = emulator::gvnic::kMaxQueues;
/// Below this IPv6 does not run, above it the NIC does not.
inline constexpr std::uint16_t kLeastMtu = 1280;
inline constexpr std::uint16_t kMostMtu = emulator::gvnic::kMaxMtu;

struct NetworkOptions {
  Topology topology = Topology::kPair;
  std::optional<std::uint32_t> pairs{};  ///< Of NICs, 0 to kMostPairs; 1 unless given.
  std::optional<std::uint32_t> hosts{};  ///< On a switch; 3 unless given.
  std::uint32_t guests = 1;              ///< 2: hosts a and b live in a guest each.
  std::uint32_t queues = 4;              ///< A direction, a NIC.
  std::uint16_t mtu = 4148;              ///< The NICs' largest; the guests start with it.
  emulator::gvnic::Doorbells doorbells = emulator::gvnic::Doorbells::kSocket;
  emulator::wire::Impairments impairments{};
  std::uint64_t seed = 1;  ///< Of what goes wrong on the wires.
  std::size_t queue_bytes = emulator::wire::WireOptions{}.queue_bytes;  ///< Of a wire's port.
  std::filesystem::path capture{};  ///< A pcapng file of all that crosses the wires.
  std::uint32_t accelerators = 0;   ///< Of each guest.
  emulator::accelerator::AcceleratorOptions accelerator{};
};

/// What one guest has.
struct GuestShare {
  std::string hosts;                      ///< A letter each.
  std::vector<std::size_t> nics;          ///< Of the layout, by number.
  std::vector<std::size_t> accelerators;  ///< Likewise.
};

struct NetworkPlan {
  emulator::Layout
      layout;  ///< Without a socket directory; no devices: there is nothing to emulate.
  std::vector<GuestShare> guests;
};

/// Errors: kInvalidArgument for options that contradict each other, or with which nothing would
/// happen that they ask for.
Result<NetworkPlan> plan_network(const NetworkOptions& options);

}  // namespace nobounce::lab
