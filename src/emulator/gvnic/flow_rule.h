// SPDX-License-Identifier: Apache-2.0
// A flow rule in host byte order, already checked against what the device supports.
// Source: gve_adminq.h of the Linux kernel (flow steering).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "emulator/net/headers.h"

namespace nobounce::emulator::gvnic {

struct FlowRule {
  enum class Protocol : std::uint8_t { kTcp, kUdp, kSctp, kAh, kEsp };

  struct Fields {
    std::array<std::byte, 16> source_address{};  ///< IPv4 in the first 4 bytes.
    std::array<std::byte, 16> destination_address{};
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t spi = 0;  ///< AH and ESP only.
    std::uint8_t tos = 0;   ///< IPv4 TOS or IPv6 traffic class.
  };

  net::L3 l3 = net::L3::kIpv4;
  Protocol protocol = Protocol::kTcp;
  Fields key;
  Fields mask;  ///< A set bit must match.
  std::uint16_t queue = 0;
};

/// AH and ESP have a security parameters index (SPI) where the others have ports.
constexpr bool has_ports(FlowRule::Protocol protocol) {
  return protocol <= FlowRule::Protocol::kSctp;
}

}  // namespace nobounce::emulator::gvnic
