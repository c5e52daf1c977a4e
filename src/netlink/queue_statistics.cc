// SPDX-License-Identifier: Apache-2.0
#include "netlink/queue_statistics.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "netlink/uint_attribute.h"
#include "sys/uapi/netdev.h"

namespace nobounce::netlink {
namespace uapi = nobounce::uapi::netdev;
namespace {

// In the order of their attributes, from kQstatsFirst on.
constexpr std::array<std::string_view, 27> kNames = {
    "rx_packets",
    "rx_bytes",
    "tx_packets",
    "tx_bytes",
    "rx_alloc_fail",
    "rx_hw_drops",
    "rx_hw_drop_overruns",
    "rx_csum_complete",
    "rx_csum_unnecessary",
    "rx_csum_none",
    "rx_csum_bad",
    "rx_hw_gro_packets",
    "rx_hw_gro_bytes",
    "rx_hw_gro_wire_packets",
    "rx_hw_gro_wire_bytes",
    "rx_hw_drop_ratelimits",
    "tx_hw_drops",
    "tx_hw_drop_errors",
    "tx_csum_none",
    "tx_needs_csum",
    "tx_hw_gso_packets",
    "tx_hw_gso_bytes",
    "tx_hw_gso_wire_packets",
    "tx_hw_gso_wire_bytes",
    "tx_hw_drop_ratelimits",
    "tx_stop",
    "tx_wake",
};

}  // namespace

Result<QueueStatistics> parse_queue_statistics(std::span<const std::byte> payload) {
  NB_ASSIGN(const Attributes attributes, generic_attributes(payload));
  NB_ASSIGN(const auto id, attributes.u32(uapi::kQstatsQueueId));
  NB_ASSIGN(const auto type, attributes.u32(uapi::kQstatsQueueType));
  if (!id || !type || (*type != uapi::kQueueTypeRx && *type != uapi::kQueueTypeTx)) {
    return fail(malformed("statistics of a queue without number or type"));
  }
  QueueStatistics queue{.direction = *type == uapi::kQueueTypeRx ? Queue::Direction::kReceive
                                                                 : Queue::Direction::kSend,
                        .id = *id,
                        .counts = {}};
  std::uint16_t attribute = uapi::kQstatsFirst;
  for (const std::string_view name : kNames) {
    NB_ASSIGN(const auto value, uint_attribute(attributes, attribute++));
    if (value) queue.counts.emplace(name, *value);
  }
  return queue;
}

Result<QueuesStatistics> queue_statistics(GenericSocket& netdev, int ifindex) {
  NB_TRY(netdev.need_command(uapi::kCmdQstatsGet, "qstats-get"));
  auto messages =
      netdev.call(GenericSocket::Kind::kDump, uapi::kCmdQstatsGet, "qstats-get",
                  fmt::format("interface {}", ifindex), [&](Request& request) {
                    request.put_u32(uapi::kQstatsIfindex, static_cast<std::uint32_t>(ifindex));
                    request.put_u32(uapi::kQstatsScope, uapi::kQstatsScopeQueue);
                  });
  if (!messages) {
    Error error = std::move(messages).error();
    // The kernel's own words name an attribute, which is not what is wrong.
    if (error.sys_errno == EOPNOTSUPP) error.cause = "the driver does not tell";
    return fail(std::move(error));
  }
  QueuesStatistics queues;
  for (const Message& message : *messages) {
    NB_ASSIGN(QueueStatistics queue, parse_queue_statistics(message.payload));
    queues.emplace(std::pair(queue.direction, queue.id), std::move(queue.counts));
  }
  return queues;
}

}  // namespace nobounce::netlink
