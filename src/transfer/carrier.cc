// SPDX-License-Identifier: Apache-2.0
#include "transfer/carrier.h"

#include <fmt/format.h>

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

Status check_reachable(const std::string& address, const std::string& nic) {
  if (nic.empty() || nic == kLoopback) return {};
  NB_ASSIGN(const auto numeric, netlink::IpAddress::parse(address));
  if (!numeric.is_loopback()) return {};
  return fail({.code = Code::kInvalidArgument,
               .operation = "reach",
               .object = address,
               .cause = fmt::format("a loopback address is never behind {}", nic),
               .fix = fmt::format("leave --nic out, or name an address behind {}", nic)});
}

Status check_carried(path::Path path, const std::string& interface) {
  if (path != path::Path::kDevmem || interface != kLoopback) return {};
  return fail({.code = Code::kUnsupported,
               .operation = "open",
               .object = "path devmem",
               .cause = "loopback can't carry devmem: it has no queues to bind memory to",
               .fix = "name an address behind a NIC, or leave --path out"});
}

}  // namespace nobounce::transfer
