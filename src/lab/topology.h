// SPDX-License-Identifier: Apache-2.0
// The hosts of the lab: network namespaces a, b, c, …, and where each NIC belongs. In pairs, NIC i
// of hosts a and b is eth<i>, joined back to back; on a switch each host has one NIC, eth0. The
// plan is pure; the agent carries it out with iproute2.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nobounce::lab {

/// The name of host `index`: a, b, c, …
constexpr char host_name(std::uint32_t index) {
  return static_cast<char>('a' + index);
}

/// Where a NIC belongs, as its MAC address says: 02:6e:62:00:<network>:<host> in pairs,
/// 02:6e:62:01:00:<host> on a switch, which is network 0; nothing for other NICs.
struct NicPlace {
  std::uint32_t network = 0;  ///< eth<network>, 10.0.<network>.0/24.
  std::uint32_t host = 0;     ///< 0: namespace a.

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
  std::map<char, std::string> in_host;  ///< For `ip -n HOST -batch`, after that.
  std::uint32_t placed = 0;             ///< NICs that have a place.
};
/// For the hosts of one guest, a letter each.
NicCommands nic_commands(std::string_view hosts, const std::vector<FoundNic>& nics,
                         std::uint16_t mtu);

}  // namespace nobounce::lab
