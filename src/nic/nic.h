// SPDX-License-Identifier: Apache-2.0
// NicState: a NIC as found, gathered by one function so that whatever judges it can be pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "netlink/ethtool.h"
#include "netlink/flow_rule.h"
#include "netlink/link.h"
#include "netlink/netdev.h"

namespace nobounce::nic {

/// A receive queue whose memory somebody else provides.
struct HeldQueue {
  std::uint32_t queue = 0;
  netlink::QueueHolder holder = netlink::QueueHolder::kNobody;
};

struct NicState {
  netlink::Link link;  ///< XDP program, permanent MAC, carrier and packet sizes among it.
  std::string driver;
  std::uint32_t rx_queues = 0;
  std::uint32_t tx_queues = 0;
  netlink::Rings rings;
  netlink::Feature ntuple;
  netlink::Feature rx_checksum;
  netlink::Feature tx_checksum;          ///< Any of the TCP checksum offloads.
  std::vector<std::uint32_t> rss_table;  ///< Empty where the NIC has none.
  Result<netlink::RuleTable> rules;      ///< An Error where the NIC has no flow rules.
  std::vector<HeldQueue> held_queues;
  netlink::Channels channels{};
  netlink::Features features{};               ///< All that the kernel knows, by its names.
  std::optional<std::uint32_t> speed_mbps{};  ///< Empty where the driver does not say.
  bool has_rss_contexts = false;
  std::vector<netlink::RssContext>
      rss_contexts{};  ///< Those that exist beside the NIC's own table.
  /// The interface by which a default route leaves through this NIC: itself, or what stands upon it
  /// (a bond, a bridge, a VLAN). Empty where none does.
  std::string default_route_interface{};
  /// Of kSysctls, those that this kernel and namespace have.
  std::map<std::string, std::vector<std::uint64_t>, std::less<>> sysctls{};
  // What leases of this project have of the NIC; look_at leaves both empty, a lease fills them.
  std::vector<std::uint32_t> claimed_queues{};   ///< Somebody receives on them, or is about to.
  std::vector<std::uint32_t> prepared_queues{};  ///< Set aside by `nobounce setup`.
};

/// The kernel parameters that matter to TCP without copies and that a lease may set.
inline constexpr std::array<std::string_view, 3> kSysctls{"net.core.optmem_max",
                                                          "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"};

/// The interface among `links` that stands on `ifindex`, or is it, and that one of
/// `default_route_interfaces` is; empty where there is none.
std::string default_route_over(int ifindex, const std::vector<netlink::Link>& links,
                               const std::vector<int>& default_route_interfaces);

/// Whether the NIC sums what it sends, by any of the TCP checksum offloads.
netlink::Feature tx_checksum(const netlink::Features& features);

/// Looks at the interface of that name in this network namespace. Needs no privilege. What a NIC
/// lacks is left empty, so that the judge can name it; an Error means that there is no such
/// interface or that the kernel can't be asked (kUnsupported names the family or command).
Result<NicState> look_at(const std::string& interface);

}  // namespace nobounce::nic
