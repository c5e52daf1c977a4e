// SPDX-License-Identifier: Apache-2.0
#include "netlink/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "netlink/attributes.h"

namespace nobounce::netlink {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

Result<IpAddress> IpAddress::parse(const std::string& text) {
  IpAddress address;
  if (inet_pton(AF_INET, text.c_str(), address.octets.data()) == 1) return address;
  address.family = Family::kV6;
  if (inet_pton(AF_INET6, text.c_str(), address.octets.data()) != 1) {
    return fail({.code = Code::kInvalidArgument,
                 .sys_errno = 0,
                 .operation = "parse",
                 .object = "address \"" + text + "\"",
                 .cause = "it is not a numeric IPv4 or IPv6 address",
                 .fix = {}});
  }
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.octets.begin())) {
    IpAddress v4;
    std::copy_n(address.octets.begin() + kMappedPrefix.size(), 4, v4.octets.begin());
    return v4;
  }
  return address;
}

Result<IpAddress> IpAddress::from_bytes(std::span<const std::byte> bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return fail(malformed("an address of odd length"));
  IpAddress address{.family = bytes.size() == 4 ? Family::kV4 : Family::kV6, .octets = {}};
  std::memcpy(address.octets.data(), bytes.data(), bytes.size());
  return address;
}

bool IpAddress::is_any() const {
  return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet == 0; });
}

bool IpAddress::is_loopback() const {
  if (family == Family::kV4) return octets.front() == 127;
  return octets.back() == 1 && std::all_of(octets.begin(), octets.end() - 1,
                                           [](std::uint8_t octet) { return octet == 0; });
}

std::span<const std::uint8_t> IpAddress::bytes() const {
  return std::span(octets).first(family == Family::kV4 ? 4 : 16);
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(family == Family::kV4 ? AF_INET : AF_INET6, octets.data(), buffer.data(),
            buffer.size());
  return buffer.data();
}

}  // namespace nobounce::netlink
