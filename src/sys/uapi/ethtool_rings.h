// SPDX-License-Identifier: Apache-2.0
// Ring attributes of the generic netlink family "ethtool" that are newer than Debian 12's headers.
//
// Written from the netlink specification ethtool.yaml. The numbers are uAPI and never change.
#pragma once

#include <linux/ethtool_netlink.h>

#include <cstdint>

namespace nobounce::uapi::ethtool {

enum RingsAttribute : std::uint16_t {
  kRingsHdsThresh = 17,     ///< u32, Linux 6.14
  kRingsHdsThreshMax = 18,  ///< u32, Linux 6.14
};

// ETHTOOL_A_RINGS_TX_PUSH is the last one that 6.1 knows; rx-push and two tx-push-buf-len follow.
static_assert(kRingsHdsThresh == ETHTOOL_A_RINGS_TX_PUSH + 4);
static_assert(kRingsHdsThreshMax == kRingsHdsThresh + 1);

}  // namespace nobounce::uapi::ethtool
