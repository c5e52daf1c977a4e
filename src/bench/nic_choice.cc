// SPDX-License-Identifier: Apache-2.0
#include "bench/nic_choice.h"

#include <optional>

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

Result<std::string> address_of(const std::string& nic, const std::string& preferred) {
  NB_ASSIGN(const IpAddress wanted, IpAddress::parse(preferred));
  NB_ASSIGN(auto routes, netlink::RouteSocket::open());
  NB_ASSIGN(const netlink::Link link, routes.link(nic));
  NB_ASSIGN(const auto addresses, routes.addresses(link.ifindex));
  std::optional<IpAddress> first;
  for (const netlink::InterfaceAddress& one : addresses) {
    if (one.address == wanted) return wanted.text();
    const bool fits = one.address.family == wanted.family && !is_of_link(one.address);
    if (fits && !first) first = one.address;
  }
  if (first) return first->text();
  return fail({.code = Code::kNotFound,
               .operation = "receive on",
               .object = nic,
               .cause = "it has no address of the family of " + preferred,
               .fix = "give it one, or come by another family"});
}

}  // namespace nobounce::bench
