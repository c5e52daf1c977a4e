// SPDX-License-Identifier: Apache-2.0
#include "bench/nic_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "netlink/ip_address.h"
#include "netlink/link.h"

namespace nobounce::bench {
namespace {

using netlink::IpAddress;

/// fe80::/10, which wants an interface beside it to mean something.
bool is_of_link(const IpAddress& address) {
  return address.family == IpAddress::Family::kV6 && address.octets[0] == 0xfe &&
         (address.octets[1] & 0xc0) == 0x80;
}

bool is_in_network_of(const IpAddress& address, const netlink::InterfaceAddress& own) {
  if (address.family != own.address.family) return false;
  for (std::size_t bit = 0; bit < own.prefix_length && bit < 8 * address.bytes().size(); ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80 >> (bit % 8));
    if (((address.octets[bit / 8] ^ own.address.octets[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

/// 2: it is one of them; 1: in its network there is one; 0: neither.
int how_well_fits(const netlink::InterfaceAddress& own, const std::vector<IpAddress>& wanted) {
  int best = 0;
  for (const IpAddress& one : wanted) {
    if (one == own.address) return 2;
    if (is_in_network_of(one, own)) best = 1;
  }
  return best;
}

}  // namespace

Result<std::string> nic_towards(const std::string& address) {
  NB_ASSIGN(const IpAddress parsed, IpAddress::parse(address));
  NB_ASSIGN(auto routes, netlink::RouteSocket::open());
  NB_ASSIGN(const int ifindex, routes.interface_towards(parsed));
  NB_ASSIGN(const netlink::Link link, routes.link(ifindex));
  return link.name;
}

Result<std::string> nic_with(const std::string& address) {
  NB_ASSIGN(const IpAddress parsed, IpAddress::parse(address));
  NB_ASSIGN(auto routes, netlink::RouteSocket::open());
  NB_ASSIGN(const int ifindex, routes.interface_with(parsed));
  NB_ASSIGN(const netlink::Link link, routes.link(ifindex));
  return link.name;
}

Result<HostNic> host_nic(const std::string& nic, const std::vector<std::string>& near) {
  std::vector<IpAddress> wanted;
  for (const std::string& text : near) {
    NB_ASSIGN(const IpAddress address, IpAddress::parse(text));
    wanted.push_back(address);
  }
  NB_ASSIGN(auto routes, netlink::RouteSocket::open());
  NB_ASSIGN(const netlink::Link link, routes.link(nic));
  NB_ASSIGN(const auto addresses, routes.addresses(link.ifindex));
  HostNic found{.name = nic, .v4 = {}, .v6 = {}};
  int v4_fits = -1;
  int v6_fits = -1;
  for (const netlink::InterfaceAddress& one : addresses) {
    if (is_of_link(one.address)) continue;
    const bool is_v6 = one.address.family == IpAddress::Family::kV6;
    int& best = is_v6 ? v6_fits : v4_fits;
    const int fits = how_well_fits(one, wanted);
    if (fits <= best) continue;
    best = fits;
    (is_v6 ? found.v6 : found.v4) = one.address.text();
  }
  if (!found.v4.empty() || !found.v6.empty()) return found;
  return fail({.code = Code::kNotFound,
               .operation = "bench on",
               .object = nic,
               .cause = "it has no address",
               .fix = fmt::format("give it one: ip addr add ADDRESS/BITS dev {}", nic)});
}

Result<std::vector<HostNic>> host_nics(const std::vector<std::string>& names,
                                       const std::vector<std::string>& near) {
  std::vector<HostNic> nics;
  for (const std::string& name : names) {
    if (std::ranges::find(nics, name, &HostNic::name) != nics.end())
      return fail({.code = Code::kInvalidArgument,
                   .operation = "bench on",
                   .object = name,
                   .cause = "it is named twice",
                   .fix = "name each NIC once with --nic"});
    NB_ASSIGN(HostNic nic, host_nic(name, near));
    nics.push_back(std::move(nic));
  }
  return nics;
}

Status check_ways(std::span<const HostNic> here, std::span<const HostNic> there) {
  for (std::size_t pair = 0; pair < std::min(here.size(), there.size()); ++pair) {
    for (const char* family : {"v4", "v6"}) {
      const std::string& address = there[pair].address(family);
      if (address.empty() || here[pair].address(family).empty()) continue;
      NB_ASSIGN(const std::string leaves_by, nic_towards(address));
      if (leaves_by == here[pair].name) continue;
      return fail({.code = Code::kInvalidArgument,
                   .operation = "bench on",
                   .object = here[pair].name,
                   .cause = fmt::format("what is sent to {}, the peer's NIC that faces it, leaves "
                                        "by {}",
                                        address, leaves_by),
                   .fix = "name with --nic on either host the NICs that face each other, in the "
                          "same order, each pair in a network of its own"});
    }
  }
  return {};
}

}  // namespace nobounce::bench
