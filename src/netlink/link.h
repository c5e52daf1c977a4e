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

/// How large packets may grow inside of the host, in bytes; above 65536 it is BIG TCP. Empty where
/// the kernel does not say.
struct PacketSizes {
  std::optional<std::uint32_t> gso_max, gso_ipv4_max;  ///< Sending.
  std::optional<std::uint32_t> gro_max, gro_ipv4_max;  ///< Receiving.
  std::optional<std::uint32_t> tso_max;                ///< What the NIC can cut up itself.
};

struct Link {
  int ifindex = 0;
  std::string name{};
  bool up = false;              ///< As the administrator wants it.
  bool carrier = false;         ///< Whether there is a partner on the wire.
  std::string oper_state{};     ///< RFC 2863: "up", "down", "lower-layer-down", "unknown", …
  std::uint32_t mtu = 0;        ///< Bytes.
  std::string mac{};            ///< "02:00:00:00:00:01"; empty where there is none.
  std::string permanent_mac{};  ///< As burnt in; empty where the driver does not say.
  bool xdp_attached = false;    ///< A program of any mode.
  std::optional<std::uint32_t> xdp_program{};  ///< Its id, where the kernel tells it.
  PacketSizes packet_sizes{};
  int master = 0;  ///< The bond, bridge or VRF that it is part of; 0: none.
  int lower = 0;   ///< What a VLAN or the like stands upon; 0: none.
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
/// The interfaces that a route leads out of if it is a default route, one for each next hop; none
/// if it is not.
Result<std::vector<int>> parse_default_route(std::span<const std::byte> payload);

/// Move-only; not thread-safe; needs no privilege.
class RouteSocket {
 public:
  static Result<RouteSocket> open();

  /// kNotFound where there is no such interface.
  Result<Link> link(const std::string& name);
  Result<Link> link(int ifindex);
  Result<std::vector<InterfaceAddress>> addresses();
  Result<std::vector<InterfaceAddress>> addresses(int ifindex);
  Result<std::vector<Link>> links();
  /// The interfaces that default routes of any table lead out of, without repetition. kExhausted
  /// where there are more routes than anybody would read.
  Result<std::vector<int>> default_route_interfaces();
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
