// SPDX-License-Identifier: Apache-2.0
// Lines: by which NICs, addresses and ports the two hosts of a bench meet. NIC i of host a faces
// NIC i of host b. Pure data.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sys/endpoint.h"

namespace nobounce::bench {

/// A NIC that carries payload, and where the other host reaches it.
struct HostNic {
  std::string name;  ///< Empty where only its own host needs to know.
  std::string v4;    ///< Address; empty: it has none of the family.
  std::string v6;

  /// Of the family "v4" or "v6".
  [[nodiscard]] const std::string& address(std::string_view family) const {
    return family == "v6" ? v6 : v4;
  }

  bool operator==(const HostNic&) const = default;
};

struct Lines {
  std::vector<HostNic> a;
  std::vector<HostNic> b;
  std::uint16_t first_port = 5001;  ///< Of the first flow of each pair and way; the others' follow.
  bool is_one_machine = true;       ///< Both hosts are namespaces of one, and share its devices.
  bool force = false;               ///< Also NICs that carry the default route.
};

/// Of addresses that each of them has.
std::set<std::string> families_of(std::span<const HostNic> nics);

/// The lab's: eth0, eth1 and so on of either host.
Lines lines_of_lab(std::uint64_t pairs);

/// Whether a first flow at that port leaves enough of them for the others.
bool has_room_for_flows(std::uint16_t port);

}  // namespace nobounce::bench
