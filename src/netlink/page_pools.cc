// SPDX-License-Identifier: Apache-2.0
#include "netlink/page_pools.h"

#include <fmt/format.h>

#include "netlink/uint_attribute.h"
#include "sys/uapi/netdev.h"

namespace nobounce::netlink {
namespace uapi = nobounce::uapi::netdev;
namespace {

/// Calls `parse` on each message of the dump and keeps what is of the interface, by its number.
template <typename Map, typename Parse, typename Value>
Result<Map> dump(GenericSocket& netdev, std::uint8_t command, const char* operation, int ifindex,
                 Parse parse, Value value) {
  NB_TRY(netdev.need_command(command, operation));
  NB_ASSIGN(const auto messages,
            netdev.call(GenericSocket::Kind::kDump, command, operation,
                        fmt::format("interface {}", ifindex), [](Request&) {}));
  Map found;
  for (const Message& message : messages) {
    NB_ASSIGN(const auto one, parse(message.payload));
    if (one.ifindex == static_cast<std::uint32_t>(ifindex)) found.emplace(one.id, value(one));
  }
  return found;
}

}  // namespace

Result<PagePool> parse_page_pool(std::span<const std::byte> payload) {
  NB_ASSIGN(const Attributes attributes, generic_attributes(payload));
  NB_ASSIGN(const auto id, uint_attribute(attributes, uapi::kPagePoolId));
  // A pool whose interface is gone has none.
  NB_ASSIGN(const auto ifindex, attributes.u32(uapi::kPagePoolIfindex));
  NB_ASSIGN(const auto pages, uint_attribute(attributes, uapi::kPagePoolInflight));
  NB_ASSIGN(const auto bytes, uint_attribute(attributes, uapi::kPagePoolInflightMem));
  if (!id) return fail(malformed("a page pool without a number"));
  PagePool pool{.id = *id,
                .ifindex = ifindex.value_or(0),
                .holder = QueueHolder::kNobody,
                .inflight_pages = pages.value_or(0),
                .inflight_bytes = bytes.value_or(0),
                .is_detached = attributes.has(uapi::kPagePoolDetachTime)};
  if (attributes.has(uapi::kPagePoolDmabuf)) pool.holder = QueueHolder::kDmaBuf;
  if (attributes.has(uapi::kPagePoolIoUring)) pool.holder = QueueHolder::kIoUring;
  return pool;
}

Result<OnePagePoolStatistics> parse_page_pool_statistics(std::span<const std::byte> payload) {
  NB_ASSIGN(const Attributes attributes, generic_attributes(payload));
  NB_ASSIGN(const Attributes info, attributes.nest(uapi::kPagePoolStatsInfo));
  NB_ASSIGN(const auto id, uint_attribute(info, uapi::kPagePoolId));
  NB_ASSIGN(const auto ifindex, info.u32(uapi::kPagePoolIfindex));
  if (!id) return fail(malformed("statistics of a page pool without a number"));
  OnePagePoolStatistics one{.id = *id, .ifindex = ifindex.value_or(0), .statistics = {}};
  std::uint16_t type = uapi::kPagePoolStatsFirst;
  for (const auto& counter : PagePoolStatistics::counters()) {
    NB_ASSIGN(const auto value, uint_attribute(attributes, type++));
    one.statistics.*counter.value = value.value_or(0);
  }
  return one;
}

Result<PagePools> page_pools(GenericSocket& netdev, int ifindex) {
  return dump<PagePools>(netdev, uapi::kCmdPagePoolGet, "page-pool-get", ifindex, parse_page_pool,
                         [](const PagePool& pool) { return pool; });
}

Result<PagePoolsStatistics> page_pool_statistics(GenericSocket& netdev, int ifindex) {
  return dump<PagePoolsStatistics>(netdev, uapi::kCmdPagePoolStatsGet, "page-pool-stats-get",
                                   ifindex, parse_page_pool_statistics,
                                   [](const OnePagePoolStatistics& one) { return one.statistics; });
}

}  // namespace nobounce::netlink
