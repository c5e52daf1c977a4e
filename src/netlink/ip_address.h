// SPDX-License-Identifier: Apache-2.0
// IpAddress: a numeric IPv4 or IPv6 address, as netlink and flow rules carry it.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace nobounce::netlink {

struct IpAddress {
  enum class Family { kV4, kV6 };
  Family family = Family::kV4;
  std::array<std::uint8_t, 16> octets{};  ///< Network order; IPv4 in the first four.

  /// From text without brackets or port; an IPv4-mapped IPv6 address becomes the IPv4 one, for
  /// that is what its packets carry. Error: kInvalidArgument.
  static Result<IpAddress> parse(const std::string& text);
  /// From 4 or 16 bytes. Error: kProtocol for any other number.
  static Result<IpAddress> from_bytes(std::span<const std::byte> bytes);

  [[nodiscard]] bool is_any() const;       ///< 0.0.0.0 or ::
  [[nodiscard]] bool is_loopback() const;  ///< 127.0.0.0/8 or ::1
  [[nodiscard]] std::span<const std::uint8_t> bytes() const;
  [[nodiscard]] std::string text() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

}  // namespace nobounce::netlink
