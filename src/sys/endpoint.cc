// SPDX-License-Identifier: Apache-2.0
#include "sys/endpoint.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>

namespace nobounce::sys {
namespace {

Error bad_endpoint(std::string_view text, std::string cause) {
  return {.code = Code::kInvalidArgument,
          .operation = "parse",
          .object = fmt::format("address '{}'", text),
          .cause = std::move(cause),
          .fix = "write it as 10.0.0.1:5000 or [fd00::1]:5000"};
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail(bad_endpoint(text, "it has no port"));
  std::string_view address = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);

  Endpoint endpoint;
  const char* const end = port_text.data() + port_text.size();
  const auto [rest, problem] = std::from_chars(port_text.data(), end, endpoint.port);
  if (problem != std::errc{} || rest != end) {
    return fail(bad_endpoint(text, "its port is not a number up to 65535"));
  }

  const bool is_bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (is_bracketed) address = address.substr(1, address.size() - 2);
  if (is_bracketed != (address.find(':') != std::string_view::npos)) {
    return fail(bad_endpoint(text, "IPv6 addresses, and only they, stand in brackets"));
  }
  endpoint.address = std::string(address);
  if (!to_socket_address(endpoint)) return fail(bad_endpoint(text, "its address is not numeric"));
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.address.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", endpoint.address, endpoint.port)
                 : fmt::format("{}:{}", endpoint.address, endpoint.port);
}

Result<SocketAddress> to_socket_address(const Endpoint& endpoint) {
  SocketAddress address;
  sockaddr_in ipv4{};
  if (::inet_pton(AF_INET, endpoint.address.c_str(), &ipv4.sin_addr) == 1) {
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(endpoint.port);
    std::memcpy(&address.storage, &ipv4, sizeof ipv4);
    address.length = sizeof ipv4;
    return address;
  }
  sockaddr_in6 ipv6{};
  if (::inet_pton(AF_INET6, endpoint.address.c_str(), &ipv6.sin6_addr) == 1) {
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(endpoint.port);
    std::memcpy(&address.storage, &ipv6, sizeof ipv6);
    address.length = sizeof ipv6;
    return address;
  }
  return fail(bad_endpoint(endpoint.address, "it is not a numeric address"));
}

Result<Endpoint> to_endpoint(const SocketAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, &address.storage, sizeof ipv4);
    ::inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
    return Endpoint{.address = text.data(), .port = ntohs(ipv4.sin_port)};
  }
  if (address.storage.ss_family == AF_INET6) {
    sockaddr_in6 ipv6;
    std::memcpy(&ipv6, &address.storage, sizeof ipv6);
    ::inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size());
    return Endpoint{.address = text.data(), .port = ntohs(ipv6.sin6_port)};
  }
  return fail(bad_endpoint("of another family", "it is neither IPv4 nor IPv6"));
}

}  // namespace nobounce::sys
