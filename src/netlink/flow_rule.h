// SPDX-License-Identifier: Apache-2.0
// Flow rules ("ntuple"): which receive queue the packets of a TCP listener go to.
//
// They have no netlink form: each request is a struct ethtool_rxnfc through an EthtoolDoor. Follows
// the comments of struct ethtool_rxnfc in linux/ethtool.h.
#pragma once

#include <linux/ethtool.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "netlink/ethtool_door.h"
#include "netlink/ip_address.h"

namespace nobounce::netlink {

/// TCP packets of one IP version to a port, and to an address where one is given. Where a mask of
/// source ports is given, only packets whose source port has these bits.
struct FlowMatch {
  IpAddress::Family family = IpAddress::Family::kV4;
  std::optional<IpAddress> destination{};
  std::uint16_t destination_port = 0;
  std::uint16_t source_port = 0;
  std::uint16_t source_port_mask = 0;  ///< 0: any source port.

  friend bool operator==(const FlowMatch&, const FlowMatch&) = default;
};

/// "TCP to 10.0.0.2 port 5201".
std::string text_of(const FlowMatch& match);

struct FlowRule {
  FlowMatch match;
  std::uint32_t queue = 0;                     ///< Of no meaning where there is a context.
  std::optional<std::uint32_t> rss_context{};  ///< Spread by this context's table instead.

  friend bool operator==(const FlowRule&, const FlowRule&) = default;
};

/// A rule as the driver tells it, as far as it matters for ours.
struct ListedRule {
  std::uint32_t location = 0;
  /// Empty where it drops packets, spreads them by RSS or hands them to a virtual function.
  std::optional<std::uint32_t> queue;
  std::optional<std::uint32_t> rss_context{};  ///< Where it spreads packets by a context's table.
  bool matches_v4 = false;                     ///< May match TCP over IPv4 at all.
  bool matches_v6 = false;
  std::optional<IpAddress> destination;           ///< The one address that it is for.
  std::optional<std::uint16_t> destination_port;  ///< The one port that it is for.
  std::uint16_t source_port = 0;
  std::uint16_t source_port_mask = 0;
  bool has_other_conditions = false;  ///< Source address, VLAN, MAC, a partial mask, …

  /// True if some packet could match both this rule and `match`.
  [[nodiscard]] bool overlaps(const FlowMatch& match) const;
  /// True if this rule matches what `match` does, no more and no less.
  [[nodiscard]] bool equals(const FlowMatch& match) const;
  /// True if it is `rule`, wherever in the table.
  [[nodiscard]] bool is(const FlowRule& rule) const;
};

struct RuleTable {
  std::vector<ListedRule> rules;
  std::uint32_t size = 0;                ///< Locations are below it.
  bool driver_chooses_location = false;  ///< Then ask for kAnyLocation.
};

/// Asks the driver to choose; only for tables that say so.
inline constexpr std::uint32_t kAnyLocation = RX_CLS_LOC_ANY;

ethtool_rx_flow_spec encode_rule(const FlowRule& rule, std::uint32_t location);
ListedRule decode_rule(const ethtool_rx_flow_spec& spec);

/// kUnsupported where the NIC has no flow rules. Error: kProtocol for a broken answer.
Result<RuleTable> flow_rules(const EthtoolDoor& door);
/// Gives the location where the rule now is; it replaces what was there.
Result<std::uint32_t> insert_flow_rule(const EthtoolDoor& door, const FlowRule& rule,
                                       std::uint32_t location);
Status delete_flow_rule(const EthtoolDoor& door, std::uint32_t location);

}  // namespace nobounce::netlink
