// SPDX-License-Identifier: Apache-2.0
// The SIOCETHTOOL door: one system call for what ethtool's netlink family cannot do.
//
// Flow rules have no netlink form at all, and the RSS table can be set by netlink only since
// Linux 6.17. This file carries bytes; what they mean is said in netlink/flow_rule and rss_table.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce::sys {

/// Hands `request`, which opens with its ETHTOOL_… command, to the driver of `interface`; the
/// kernel writes the answer over it. `request` must be as long as the command's structure says.
/// Errors carry `operation` and the interface; kNotFound where there is no such interface.
Status ethtool_ioctl(std::string_view interface, std::span<std::byte> request,
                     std::string operation);

}  // namespace nobounce::sys
