// SPDX-License-Identifier: Apache-2.0
// rtnetlink: interfaces, their addresses, and the way to a destination. Follows the netlink
// specifications rt-link.yaml, rt-addr.yaml and rt-route.yaml.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "netlink/ip_address.h"
#include "netlink/socket.h"

namespace nobounce::netlink {

struct Link {
  int ifindex = 0;
  std::string name;
  bool up = false;            ///< As the administrator wants it.
  std::string oper_state;     ///< RFC 2863: "up", "down", "lower-layer-down", "unknown", …
  std::uint32_t mtu = 0;      ///< Bytes.
  std::string mac;            ///< "02:00:00:00:00:01"; empty where there is none.
  std::string permanent_mac;  ///< As burnt in; empty where the driver does not say.
  bool xdp_attached = false;  ///< A program of any mode.
};

struct InterfaceAddress {
  int ifindex = 0;
  IpAddress address;
  std::uint8_t prefix_length = 0;
};

/// From the payload of one message. Error: kProtocol.
Result<Link> parse_link(std::span<const std::byte> payload);
Result<InterfaceAddress> parse_address(std::span<const std::byte> payload);
/// The interface that a route leads out of.
Result<int> parse_route_interface(std::span<const std::byte> payload);

/// Move-only; not thread-safe; needs no privilege.
class RouteSocket {
 public:
  static Result<RouteSocket> open();

  /// kNotFound where there is no such interface.
  Result<Link> link(const std::string& name);
  Result<Link> link(int ifindex);
  Result<std::vector<InterfaceAddress>> addresses();
  Result<std::vector<InterfaceAddress>> addresses(int ifindex);
  /// The interface that has this address. kNotFound where none has.
  Result<int> interface_with(const IpAddress& address);
  /// The interface that packets to `destination` leave by.
  Result<int> interface_towards(const IpAddress& destination);

 private:
  explicit RouteSocket(Socket socket) : socket_(std::move(socket)) {}
  Result<Link> get_link(int ifindex, const std::string& name);
  Socket socket_;
};

}  // namespace nobounce::netlink
