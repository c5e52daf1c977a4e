// SPDX-License-Identifier: Apache-2.0
// RSS requests of the generic netlink family "ethtool", which Debian 12's headers are too old to
// have.
//
// Written from the netlink specification ethtool.yaml. The numbers are uAPI and never change.
#pragma once

#include <linux/ethtool_netlink.h>

#include <cstdint>

namespace nobounce::uapi::ethtool {

inline constexpr std::uint8_t kMsgRssGet = 38;  ///< Linux 6.2; dumps all contexts since 6.11.

enum RssAttribute : std::uint16_t {
  kRssHeader = 1,
  kRssContext = 2,      ///< u32
  kRssIndirection = 4,  ///< u32 for each bucket
};

// PSE_SET is the last request that 6.1 knows.
static_assert(kMsgRssGet == ETHTOOL_MSG_PSE_SET + 1);

}  // namespace nobounce::uapi::ethtool
