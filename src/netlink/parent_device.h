// SPDX-License-Identifier: Apache-2.0
// The device that an interface sits on, as rtnetlink tells it: unlike sysfs it knows the caller's
// network namespace. Follows the netlink specification rt-link.yaml.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"

namespace nobounce::netlink {

struct ParentDevice {
  std::string bus;   ///< "pci", "virtio"; empty: no device, as of a tunnel.
  std::string name;  ///< "0000:17:00.0".
};

/// From the payload of one message. Error: kProtocol.
Result<ParentDevice> parse_parent_device(std::span<const std::byte> payload);
/// Error: kNotFound where there is no such interface.
Result<ParentDevice> parent_device(int ifindex);

}  // namespace nobounce::netlink
