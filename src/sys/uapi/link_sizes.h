// SPDX-License-Identifier: Apache-2.0
// Attributes of an rtnetlink link that are newer than Debian 12's headers: how large IPv4 packets
// may grow.
//
// Written from the netlink specification rt-link.yaml. The numbers are uAPI and never change.
#pragma once

#include <linux/if_link.h>

#include <cstdint>

namespace nobounce::uapi::link {

enum LinkAttribute : std::uint16_t {
  kGsoIpv4MaxSize = 63,  ///< u32, Linux 6.3
  kGroIpv4MaxSize = 64,  ///< u32, Linux 6.3
};

// IFLA_TSO_MAX_SEGS, IFLA_ALLMULTI and IFLA_DEVLINK_PORT stand before them.
static_assert(kGsoIpv4MaxSize == IFLA_TSO_MAX_SEGS + 3);
static_assert(kGroIpv4MaxSize == kGsoIpv4MaxSize + 1);

}  // namespace nobounce::uapi::link
