// SPDX-License-Identifier: Apache-2.0
// What rtnetlink tells of an interface beyond Link: the sizes of what the stack hands to it and
// takes from it, and the device that it sits on. Follows the netlink specification rt-link.yaml.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"

namespace nobounce::netlink {

/// What a kernel does not tell is empty.
struct LinkDetails {
  std::optional<std::uint32_t> gso_max_bytes;  ///< For IPv6, and for IPv4 where it has no own.
  std::optional<std::uint32_t> gro_max_bytes;
  std::optional<std::uint32_t> gso_ipv4_max_bytes;  ///< Linux 6.3.
  std::optional<std::uint32_t> gro_ipv4_max_bytes;  ///< Linux 6.3.
  std::string parent_bus;                           ///< "pci", "virtio"; empty: no device.
  std::string parent_device;                        ///< "0000:17:00.0".
};

/// From the payload of one message. Error: kProtocol.
Result<LinkDetails> parse_link_details(std::span<const std::byte> payload);
Result<LinkDetails> link_details(int ifindex);

}  // namespace nobounce::netlink
