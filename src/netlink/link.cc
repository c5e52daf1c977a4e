// SPDX-License-Identifier: Apache-2.0
#include "netlink/link.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "netlink/attributes.h"
#include "sys/uapi/link_sizes.h"

namespace nobounce::netlink {
namespace {

/// Splits a message into its family's fixed header and its attributes.
template <typename Header>
Result<std::pair<Header, Attributes>> split(std::span<const std::byte> payload) {
  if (payload.size() < sizeof(Header)) return fail(malformed("a route message is too short"));
  Header header;
  std::memcpy(&header, payload.data(), sizeof header);
  constexpr std::size_t kAligned = NLMSG_ALIGN(sizeof(Header));
  NB_ASSIGN(auto attributes,
            Attributes::parse(payload.subspan(std::min(kAligned, payload.size()))));
  return std::pair(header, std::move(attributes));
}

std::string_view oper_state_name(std::uint8_t state) {
  // RFC 2863, in the order of IF_OPER_…
  constexpr std::array<std::string_view, 7> kNames{
      "unknown", "not-present", "down", "lower-layer-down", "testing", "dormant", "up"};
  return state < kNames.size() ? kNames[state] : kNames[0];
}

std::string mac_text(std::optional<std::span<const std::byte>> bytes) {
  if (!bytes) return {};
  std::vector<std::uint8_t> octets;
  for (const std::byte octet : *bytes)
    octets.push_back(std::to_integer<std::uint8_t>(octet));
  return fmt::format("{:02x}", fmt::join(octets, ":"));
}

Result<PacketSizes> packet_sizes(const Attributes& attributes) {
  PacketSizes sizes;
  NB_ASSIGN(sizes.gso_max, attributes.u32(IFLA_GSO_MAX_SIZE));
  NB_ASSIGN(sizes.gro_max, attributes.u32(IFLA_GRO_MAX_SIZE));
  NB_ASSIGN(sizes.tso_max, attributes.u32(IFLA_TSO_MAX_SIZE));
  NB_ASSIGN(sizes.gso_ipv4_max, attributes.u32(uapi::link::kGsoIpv4MaxSize));
  NB_ASSIGN(sizes.gro_ipv4_max, attributes.u32(uapi::link::kGroIpv4MaxSize));
  return sizes;
}

/// The interfaces in RTA_MULTIPATH: an array of rtnexthop, each with attributes behind it.
Result<std::vector<int>> next_hop_interfaces(std::span<const std::byte> bytes) {
  std::vector<int> interfaces;
  while (bytes.size() >= sizeof(rtnexthop)) {
    rtnexthop hop;
    std::memcpy(&hop, bytes.data(), sizeof hop);
    if (hop.rtnh_len < sizeof hop || hop.rtnh_len > bytes.size()) break;
    interfaces.push_back(hop.rtnh_ifindex);
    bytes = bytes.subspan(std::min<std::size_t>(RTNH_ALIGN(hop.rtnh_len), bytes.size()));
  }
  if (!bytes.empty()) return fail(malformed("a next hop that does not fit its route"));
  return interfaces;
}

std::uint8_t family_of(const IpAddress& address) {
  return address.family == IpAddress::Family::kV4 ? AF_INET : AF_INET6;
}

Error not_found(std::string operation, std::string object, std::string cause) {
  return Error{.code = Code::kNotFound,
               .sys_errno = 0,
               .operation = std::move(operation),
               .object = std::move(object),
               .cause = std::move(cause),
               .fix = {}};
}

}  // namespace

Result<Link> parse_link(std::span<const std::byte> payload) {
  NB_ASSIGN(const auto message, split<ifinfomsg>(payload));
  const auto& [header, attributes] = message;
  NB_ASSIGN(const auto name, attributes.text(IFLA_IFNAME));
  NB_ASSIGN(const auto mtu, attributes.u32(IFLA_MTU));
  NB_ASSIGN(const auto state, attributes.u8(IFLA_OPERSTATE));
  NB_ASSIGN(const Attributes xdp, attributes.nest(IFLA_XDP));
  NB_ASSIGN(const auto attached, xdp.u8(IFLA_XDP_ATTACHED));
  NB_ASSIGN(const auto program, xdp.u32(IFLA_XDP_PROG_ID));
  NB_ASSIGN(const auto carrier, attributes.u8(IFLA_CARRIER));
  NB_ASSIGN(const auto master, attributes.u32(IFLA_MASTER));
  NB_ASSIGN(const auto lower, attributes.u32(IFLA_LINK));
  // The other end of a pair lives in another namespace, and its number means nothing here.
  const bool is_elsewhere = attributes.has(IFLA_LINK_NETNSID);
  NB_ASSIGN(const auto sizes, packet_sizes(attributes));
  if (header.ifi_index <= 0 || !name || name->empty()) {
    return fail(malformed("an interface without index or name"));
  }
  return Link{.ifindex = header.ifi_index,
              .name = *name,
              .up = (header.ifi_flags & IFF_UP) != 0,
              .carrier = carrier.value_or(0) != 0,
              .oper_state = std::string(oper_state_name(state.value_or(0))),
              .mtu = mtu.value_or(0),
              .mac = mac_text(attributes.bytes(IFLA_ADDRESS)),
              .permanent_mac = mac_text(attributes.bytes(IFLA_PERM_ADDRESS)),
              .xdp_attached = attached.value_or(XDP_ATTACHED_NONE) != XDP_ATTACHED_NONE,
              .xdp_program = program,
              .packet_sizes = sizes,
              .master = static_cast<int>(master.value_or(0)),
              .lower = is_elsewhere ? 0 : static_cast<int>(lower.value_or(0))};
}

Result<InterfaceAddress> parse_address(std::span<const std::byte> payload) {
  NB_ASSIGN(const auto message, split<ifaddrmsg>(payload));
  const auto& [header, attributes] = message;
  // On a point-to-point link IFA_ADDRESS is the peer's and IFA_LOCAL ours; IPv6 has only the first.
  auto bytes = attributes.bytes(IFA_LOCAL);
  if (!bytes) bytes = attributes.bytes(IFA_ADDRESS);
  if (!bytes) return fail(malformed("an address message without an address"));
  NB_ASSIGN(const IpAddress address, IpAddress::from_bytes(*bytes));
  return InterfaceAddress{.ifindex = static_cast<int>(header.ifa_index),
                          .address = address,
                          .prefix_length = header.ifa_prefixlen};
}

Result<int> parse_route_interface(std::span<const std::byte> payload) {
  NB_ASSIGN(const auto message, split<rtmsg>(payload));
  NB_ASSIGN(const auto interface, message.second.u32(RTA_OIF));
  if (!interface) return fail(malformed("a route without an interface"));
  return static_cast<int>(*interface);
}

Result<std::vector<int>> parse_default_route(std::span<const std::byte> payload) {
  NB_ASSIGN(const auto message, split<rtmsg>(payload));
  const auto& [header, attributes] = message;
  // IPv6 keeps cached routes apart; a default that leads nowhere (unreachable, …) is none.
  if (header.rtm_dst_len != 0 || header.rtm_type != RTN_UNICAST) return std::vector<int>();
  if ((header.rtm_flags & RTM_F_CLONED) != 0) return std::vector<int>();
  NB_ASSIGN(const auto interface, attributes.u32(RTA_OIF));
  if (interface) return std::vector{static_cast<int>(*interface)};
  const auto hops = attributes.bytes(RTA_MULTIPATH);
  return hops ? next_hop_interfaces(*hops) : std::vector<int>();
}

Result<RouteSocket> RouteSocket::open() {
  NB_ASSIGN(Socket socket, Socket::open(Socket::Protocol::kRoute));
  return RouteSocket(std::move(socket));
}

Result<Link> RouteSocket::get_link(int ifindex, const std::string& name) {
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = ifindex;
  Request request(RTM_GETLINK, 0, bytes_of(header));
  if (!name.empty()) request.put_text(IFLA_IFNAME, name);
  const std::string object = name.empty() ? fmt::format("interface {}", ifindex) : name;
  NB_ASSIGN(const auto messages, socket_.exchange(request, "look-up", object));
  if (messages.size() != 1) return fail(malformed("not one interface but several or none"));
  return parse_link(messages.front().payload);
}

Result<Link> RouteSocket::link(const std::string& name) {
  // The kernel would answer a name that is too long with ERANGE and an empty one with EINVAL.
  if (name.empty() || name.size() >= IFNAMSIZ) {
    return fail(not_found("look-up", "interface \"" + name + "\"", "no interface has such a name"));
  }
  auto found = get_link(0, name);
  if (!found && found.error().sys_errno == ENODEV) {
    found.error().fix = "ip link lists the interfaces of this network namespace";
  }
  return found;
}

Result<Link> RouteSocket::link(int ifindex) {
  return get_link(ifindex, {});
}

Result<std::vector<Link>> RouteSocket::links() {
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  Request request(RTM_GETLINK, NLM_F_DUMP, bytes_of(header));
  NB_ASSIGN(const auto messages, socket_.exchange(request, "look-up", "interfaces"));
  std::vector<Link> found;
  for (const Message& message : messages) {
    NB_ASSIGN(Link link, parse_link(message.payload));
    found.push_back(std::move(link));
  }
  return found;
}

Result<std::vector<int>> RouteSocket::default_route_interfaces() {
  std::vector<int> found;
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    rtmsg header{};
    header.rtm_family = family;
    Request request(RTM_GETROUTE, NLM_F_DUMP, bytes_of(header));
    NB_ASSIGN(const auto messages, socket_.exchange(request, "look-up", "routes"));
    for (const Message& message : messages) {
      NB_ASSIGN(const auto interfaces, parse_default_route(message.payload));
      for (const int interface : interfaces) {
        if (std::ranges::find(found, interface) == found.end()) found.push_back(interface);
      }
    }
  }
  return found;
}

Result<std::vector<InterfaceAddress>> RouteSocket::addresses() {
  ifaddrmsg header{};
  header.ifa_family = AF_UNSPEC;
  Request request(RTM_GETADDR, NLM_F_DUMP, bytes_of(header));
  NB_ASSIGN(const auto messages, socket_.exchange(request, "look-up", "addresses"));
  std::vector<InterfaceAddress> found;
  for (const Message& message : messages) {
    NB_ASSIGN(const InterfaceAddress address, parse_address(message.payload));
    found.push_back(address);
  }
  return found;
}

Result<std::vector<InterfaceAddress>> RouteSocket::addresses(int ifindex) {
  NB_ASSIGN(auto found, addresses());
  std::erase_if(found, [ifindex](const auto& address) { return address.ifindex != ifindex; });
  return found;
}

Result<int> RouteSocket::interface_with(const IpAddress& address) {
  NB_ASSIGN(const auto found, addresses());
  for (const InterfaceAddress& candidate : found) {
    if (candidate.address == address) return candidate.ifindex;
  }
  return fail(not_found("look-up", "address " + address.text(), "no interface has it"));
}

Result<int> RouteSocket::interface_towards(const IpAddress& destination) {
  rtmsg header{};
  header.rtm_family = family_of(destination);
  header.rtm_dst_len = static_cast<std::uint8_t>(destination.bytes().size() * 8);
  Request request(RTM_GETROUTE, 0, bytes_of(header));
  request.put_bytes(RTA_DST, std::as_bytes(destination.bytes()));
  NB_ASSIGN(const auto messages,
            socket_.exchange(request, "look-up", "the route to " + destination.text()));
  if (messages.size() != 1) return fail(malformed("not one route but several or none"));
  return parse_route_interface(messages.front().payload);
}

}  // namespace nobounce::netlink
