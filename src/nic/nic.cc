// SPDX-License-Identifier: Apache-2.0
#include "nic/nic.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <string_view>

#include "sys/kernel_parameter.h"

namespace nobounce::nic {
namespace {

netlink::Feature feature(const netlink::Features& features, std::string_view name) {
  const auto found = features.find(name);
  return found == features.end() ? netlink::Feature{} : found->second;
}

/// A driver that lacks a request answers kUnsupported; that is a finding, not a failure.
template <typename T>
Result<T> or_default(Result<T> found) {
  if (!found && found.error().code == Code::kUnsupported) return T{};
  return found;
}

std::uint32_t count(const std::vector<netlink::Queue>& queues,
                    netlink::Queue::Direction direction) {
  return static_cast<std::uint32_t>(
      std::ranges::count(queues, direction, &netlink::Queue::direction));
}

void add_queues(const std::vector<netlink::Queue>& queues, NicState& state) {
  using Direction = netlink::Queue::Direction;
  // An interface that is down lists none; then the channels say how many there will be.
  if (!queues.empty()) {
    state.rx_queues = count(queues, Direction::kReceive);
    state.tx_queues = count(queues, Direction::kSend);
  }
  for (const netlink::Queue& queue : queues) {
    if (queue.direction == Direction::kReceive && queue.holder != netlink::QueueHolder::kNobody) {
      state.held_queues.push_back({.queue = queue.id, .holder = queue.holder});
    }
  }
}

/// Those that are there; a container may lack some of them.
std::map<std::string, std::vector<std::uint64_t>, std::less<>> read_sysctls() {
  std::map<std::string, std::vector<std::uint64_t>, std::less<>> found;
  for (const std::string_view name : kSysctls) {
    const auto text = sys::read_kernel_parameter(name);
    if (!text) continue;
    std::istringstream numbers(*text);
    std::vector<std::uint64_t> value;
    for (std::uint64_t number = 0; numbers >> number;)
      value.push_back(number);
    if (!value.empty()) found.emplace(name, std::move(value));
  }
  return found;
}

/// kUnsupported on kernels before 6.8, where nobody's memory can hold a queue either.
Result<std::vector<netlink::Queue>> queues_of(int ifindex) {
  NB_ASSIGN(netlink::Netdev netdev, netlink::Netdev::open());
  return netdev.queues(ifindex);
}

Result<std::string> find_default_route(netlink::RouteSocket& routes, const netlink::Link& link) {
  NB_ASSIGN(const auto links, routes.links());
  const auto interfaces = routes.default_route_interfaces();
  // A host with so many routes is a router: its NICs are not to be touched by the way either.
  if (!interfaces && interfaces.error().code == Code::kExhausted) return link.name;
  NB_TRY(interfaces);
  return default_route_over(link.ifindex, links, *interfaces);
}

}  // namespace

std::string default_route_over(int ifindex, const std::vector<netlink::Link>& links,
                               const std::vector<int>& default_route_interfaces) {
  std::set<int> stack{ifindex};
  // Each pass adds one storey: bonds and bridges by their parts' word, VLANs by their own.
  for (std::size_t before = 0; before != stack.size();) {
    before = stack.size();
    for (const netlink::Link& link : links) {
      if (link.lower != 0 && stack.contains(link.lower)) stack.insert(link.ifindex);
      if (link.master != 0 && stack.contains(link.ifindex)) stack.insert(link.master);
    }
  }
  const auto found = std::ranges::find_if(links, [&](const netlink::Link& link) {
    return stack.contains(link.ifindex) &&
           std::ranges::find(default_route_interfaces, link.ifindex) !=
               default_route_interfaces.end();
  });
  return found == links.end() ? std::string() : found->name;
}

netlink::Feature tx_checksum(const netlink::Features& features) {
  netlink::Feature any;
  for (const std::string_view name :
       {"tx-checksum-ip-generic", "tx-checksum-ipv4", "tx-checksum-ipv6"}) {
    const netlink::Feature one = feature(features, name);
    any.active = any.active || one.active;
    any.can_change = any.can_change || one.can_change;
  }
  return any;
}

Result<NicState> look_at(const std::string& interface) {
  NB_ASSIGN(netlink::RouteSocket routes, netlink::RouteSocket::open());
  NB_ASSIGN(netlink::Link link, routes.link(interface));
  const int ifindex = link.ifindex;
  NB_ASSIGN(netlink::Ethtool ethtool, netlink::Ethtool::open());
  const netlink::EthtoolDoor door = netlink::ethtool_door(link.name);

  NB_ASSIGN(std::string driver, or_default(netlink::driver_name(door)));
  NB_ASSIGN(const auto channels, or_default(ethtool.channels(ifindex)));
  NB_ASSIGN(const auto rings, or_default(ethtool.rings(ifindex)));
  NB_ASSIGN(const auto features, ethtool.features(ifindex));
  NB_ASSIGN(auto rss_table, or_default(netlink::rss_table(door)));
  NB_ASSIGN(const auto queues, or_default(queues_of(ifindex)));
  NB_ASSIGN(const auto speed, or_default(ethtool.speed(ifindex)));
  NB_ASSIGN(const bool has_contexts, or_default(netlink::has_rss_contexts(door)));
  NB_ASSIGN(auto contexts, or_default(ethtool.rss_contexts(ifindex)));
  NB_ASSIGN(std::string default_route, find_default_route(routes, link));
  NicState state{.link = std::move(link),
                 .driver = std::move(driver),
                 .rx_queues = channels.rx + channels.combined,
                 .tx_queues = channels.tx + channels.combined,
                 .rings = rings,
                 .ntuple = feature(features, "rx-ntuple-filter"),
                 .rx_checksum = feature(features, "rx-checksum"),
                 .tx_checksum = tx_checksum(features),
                 .rss_table = std::move(rss_table),
                 .rules = netlink::flow_rules(door),
                 .held_queues = {},
                 .channels = channels,
                 .features = features,
                 .speed_mbps = speed,
                 .has_rss_contexts = has_contexts,
                 .rss_contexts = std::move(contexts),
                 .default_route_interface = std::move(default_route),
                 .sysctls = read_sysctls()};
  add_queues(queues, state);
  return state;
}

}  // namespace nobounce::nic
