// SPDX-License-Identifier: Apache-2.0
#include "transfer/carrier.h"

#include "netlink/ip_address.h"
#include "netlink/link.h"

namespace nobounce::transfer {

Result<std::string> interface_with(const std::string& address) {
  NB_ASSIGN(const auto numeric, netlink::IpAddress::parse(address));
  if (numeric.is_any()) return std::string();
  NB_ASSIGN(auto routes, netlink::RouteSocket::open());
  NB_ASSIGN(const int ifindex, routes.interface_with(numeric));
  NB_ASSIGN(const auto link, routes.link(ifindex));
  return link.name;
}

Result<std::string> interface_towards(const std::string& address) {
  NB_ASSIGN(const auto numeric, netlink::IpAddress::parse(address));
  NB_ASSIGN(auto routes, netlink::RouteSocket::open());
  NB_ASSIGN(const int ifindex, routes.interface_towards(numeric));
  NB_ASSIGN(const auto link, routes.link(ifindex));
  return link.name;
}

}  // namespace nobounce::transfer
