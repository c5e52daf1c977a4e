// SPDX-License-Identifier: Apache-2.0
// What the driver counts for each queue (qstats-get). Follows the netlink specification
// netdev.yaml.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>

#include "base/counters.h"
#include "base/result.h"
#include "netlink/generic.h"
#include "netlink/netdev.h"

namespace nobounce::netlink {

struct QueueStatistics {
  Queue::Direction direction = Queue::Direction::kReceive;
  std::uint32_t id = 0;
  /// By the names of the specification, "rx_packets", "rx_hw_gro_bytes", …; one that the driver
  /// does not tell is not in it, nor one that this program has no name for.
  Counts counts;
};

/// By direction and number.
using QueuesStatistics = std::map<std::pair<Queue::Direction, std::uint32_t>, Counts>;

/// From the payload of one message. Error: kProtocol.
Result<QueueStatistics> parse_queue_statistics(std::span<const std::byte> payload);

/// Of all queues of an interface that is up. Errors: kUnsupported for a kernel without the command
/// (before 6.9) and for a driver that does not tell.
Result<QueuesStatistics> queue_statistics(GenericSocket& netdev, int ifindex);

}  // namespace nobounce::netlink
