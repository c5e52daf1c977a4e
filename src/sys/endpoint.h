// SPDX-License-Identifier: Apache-2.0
// Endpoint: a numeric IP address and a TCP port. Names are not looked up: a NIC is steered by
// address, and a name may have several.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce::sys {

struct Endpoint {
  std::string address;  ///< As inet_pton reads it, without brackets.
  std::uint16_t port = 0;
};

/// From "10.0.0.1:5000" or "[fd00::1]:5000". Error: kInvalidArgument for anything else, names and
/// unbracketed IPv6 included.
Result<Endpoint> parse_endpoint(std::string_view text);

/// "10.0.0.1:5000", "[fd00::1]:5000".
std::string to_string(const Endpoint& endpoint);

/// An endpoint as the socket calls take it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

/// Error: kInvalidArgument if the address is not numeric.
Result<SocketAddress> to_socket_address(const Endpoint& endpoint);
/// Error: kInvalidArgument for families other than IPv4 and IPv6.
Result<Endpoint> to_endpoint(const SocketAddress& address);

}  // namespace nobounce::sys
