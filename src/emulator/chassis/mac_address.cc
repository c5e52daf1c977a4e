// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/mac_address.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace nobounce::emulator {
namespace {

constexpr std::size_t kTextLength = 17;
constexpr std::uint8_t kGroupBit = 0x01;

Error bad_mac(std::string_view text, std::string cause) {
  return {.code = Code::kInvalidArgument,
          .operation = "parse",
          .object = fmt::format("MAC address '{}'", text),
          .cause = std::move(cause),
          .fix = "write six bytes as in 02:6e:62:00:00:01"};
}

}  // namespace

std::string to_string(const gvnic::MacAddress& mac) {
  return fmt::format("{:02x}", fmt::join(mac, ":"));
}

Result<gvnic::MacAddress> parse_mac(std::string_view text) {
  if (text.size() != kTextLength) return fail(bad_mac(text, "it has not 17 characters"));
  gvnic::MacAddress mac{};
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const std::string_view byte = text.substr(3 * i, 2);
    const auto [end, problem] = std::from_chars(byte.data(), byte.data() + byte.size(), mac[i], 16);
    if (problem != std::errc() || end != byte.data() + byte.size())
      return fail(bad_mac(text, fmt::format("'{}' is no hexadecimal byte", byte)));
    if (i + 1 < mac.size() && text[3 * i + 2] != ':')
      return fail(bad_mac(text, "its bytes are not parted by colons"));
  }
  if (!is_station_address(mac)) {
    return fail(bad_mac(text, "no NIC may have it: it is a group's, or all zeroes"));
  }
  return mac;
}

bool is_station_address(const gvnic::MacAddress& mac) {
  return (mac[0] & kGroupBit) == 0 && mac != gvnic::MacAddress{};
}

}  // namespace nobounce::emulator
