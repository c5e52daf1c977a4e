// SPDX-License-Identifier: Apache-2.0
// The generic netlink family "netdev": its commands and attributes that this project uses.
//
// Written from the netlink specification netdev.yaml; Debian 12's headers (6.1) have none of it,
// the family came with Linux 6.3. The numbers are uAPI and never change.
#pragma once

#include <cstdint>

namespace nobounce::uapi::netdev {

inline constexpr char kFamilyName[] = "netdev";

enum Command : std::uint8_t {
  kCmdPagePoolGet = 5,       ///< Linux 6.8
  kCmdPagePoolStatsGet = 9,  ///< Linux 6.8; the figures with CONFIG_PAGE_POOL_STATS only
  kCmdQueueGet = 10,         ///< Linux 6.8
  kCmdQstatsGet = 12,        ///< Linux 6.9
  kCmdBindRx = 13,           ///< Linux 6.12
  kCmdBindTx = 15,           ///< Linux 6.16
};

enum QueueType : std::uint32_t { kQueueTypeRx = 0, kQueueTypeTx = 1 };

/// Attributes of a queue, Linux 6.8; what holds the queue is told by which nest is there.
enum QueueAttribute : std::uint16_t {
  kQueueId = 1,       ///< u32
  kQueueIfindex = 2,  ///< u32
  kQueueType = 3,     ///< u32
  kQueueNapiId = 4,   ///< u32
  kQueueDmabuf = 5,   ///< u32, the id of the bound dma-buf; Linux 6.12
  kQueueIoUring = 6,  ///< nest; Linux 6.15
  kQueueXsk = 7,      ///< nest; Linux 6.16
};

/// Attributes of a page pool, Linux 6.8. A "uint" has 4 bytes or 8.
enum PagePoolAttribute : std::uint16_t {
  kPagePoolId = 1,           ///< uint
  kPagePoolIfindex = 2,      ///< u32
  kPagePoolInflight = 4,     ///< uint, pages
  kPagePoolInflightMem = 5,  ///< uint, bytes
  kPagePoolDetachTime = 6,   ///< uint; there once the driver has given the pool up
  kPagePoolDmabuf = 7,       ///< u32, the id of the bound dma-buf; Linux 6.12
  kPagePoolIoUring = 8,      ///< nest; Linux 6.15
};

/// Attributes of a page pool's statistics, uints, numbered without a gap from the first on.
enum PagePoolStatsAttribute : std::uint16_t {
  kPagePoolStatsInfo = 1,  ///< nest of kPagePoolId and kPagePoolIfindex
  kPagePoolStatsFirst = 8,
};

/// Attributes of a queue's statistics, Linux 6.9; those from kQstatsFirst on are uints.
enum QstatsAttribute : std::uint16_t {
  kQstatsIfindex = 1,    ///< u32
  kQstatsQueueType = 2,  ///< u32
  kQstatsQueueId = 3,    ///< u32
  kQstatsScope = 4,      ///< uint; kQstatsScopeQueue: a message for each queue
  kQstatsFirst = 8,
};

inline constexpr std::uint32_t kQstatsScopeQueue = 1;

/// Attributes of a binding, Linux 6.12.
enum DmabufAttribute : std::uint16_t {
  kDmabufIfindex = 1,     ///< u32
  kDmabufQueues = 2,      ///< nest of kQueueId and kQueueType, once for each queue
  kDmabufFd = 3,          ///< u32
  kDmabufId = 4,          ///< u32
  kDmabufRxPageSize = 5,  ///< u32, bytes of a niov; Linux 7.3
};

// The attribute policy of bind-rx shares its first number with that of a device.
static_assert(kDmabufIfindex == 1 && kDmabufId == 4);
static_assert(kQueueXsk == kQueueId + 6, "queue attributes are numbered without a gap");
static_assert(kCmdBindTx == kCmdBindRx + 2, "napi-set stands between them");

}  // namespace nobounce::uapi::netdev
