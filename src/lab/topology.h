// SPDX-License-Identifier: Apache-2.0
// The guest's two hosts: network namespaces a and b, and pair i of NICs as eth<i> in each.
// The plan is pure; the agent carries it out with iproute2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nobounce::lab {

/// Where a NIC belongs, as its MAC address 02:6e:62:00:<pair>:<end> says; nothing for other NICs.
struct NicPlace {
  std::uint32_t pair = 0;
  std::uint32_t end = 0;  ///< 0: namespace a, 1: namespace b.

  bool operator==(const NicPlace&) const = default;
};
std::optional<NicPlace> place_of_mac(std::string_view mac);

/// A NIC of the guest as it was found.
struct FoundNic {
  std::string name;
  std::string mac;
};

/// What iproute2 is to do, as inputs of `ip -batch`.
struct NicCommands {
  std::string in_initial;  ///< Makes the namespaces and moves the NICs; where the NICs were found.
  std::string in_a;        ///< For `ip -n a -batch`, after that.
  std::string in_b;
  std::uint32_t placed = 0;  ///< NICs that have a place.
};
NicCommands nic_commands(const std::vector<FoundNic>& nics, std::uint16_t mtu);

}  // namespace nobounce::lab
