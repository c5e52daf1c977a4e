// SPDX-License-Identifier: Apache-2.0
// The page pools of an interface and their statistics. Follows the netlink specification
// netdev.yaml and Documentation/networking/page_pool.rst.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>

#include "base/counters.h"
#include "base/result.h"
#include "netlink/generic.h"
#include "netlink/netdev.h"

namespace nobounce::netlink {

/// How pages were taken from a pool, and what became of those that came back.
struct PagePoolStatistics {
  std::uint64_t fast = 0;             ///< From the cache.
  std::uint64_t slow = 0;             ///< From the allocator or the memory provider, single pages.
  std::uint64_t slow_high_order = 0;  ///< Likewise, of several pages.
  std::uint64_t empty = 0;            ///< The ring was empty, so the slow way was taken.
  std::uint64_t refill = 0;           ///< The cache was filled from the ring.
  std::uint64_t waive = 0;            ///< Pages of the ring that could not go into the cache.
  std::uint64_t recycle_cached = 0;
  std::uint64_t recycle_cache_full = 0;
  std::uint64_t recycle_ring = 0;
  std::uint64_t recycle_ring_full = 0;        ///< Let go, as the ring was full.
  std::uint64_t recycle_released_refcnt = 0;  ///< Let go, as somebody else held the page.

  /// In the order of their netlink attributes.
  static constexpr auto counters() {
    using S = PagePoolStatistics;
    return std::array<Counter<S>, 11>{{{"fast", &S::fast},
                                       {"slow", &S::slow},
                                       {"slow_high_order", &S::slow_high_order},
                                       {"empty", &S::empty},
                                       {"refill", &S::refill},
                                       {"waive", &S::waive},
                                       {"recycle_cached", &S::recycle_cached},
                                       {"recycle_cache_full", &S::recycle_cache_full},
                                       {"recycle_ring", &S::recycle_ring},
                                       {"recycle_ring_full", &S::recycle_ring_full},
                                       {"recycle_released_refcnt", &S::recycle_released_refcnt}}};
  }
};

struct PagePool {
  std::uint64_t id = 0;
  std::uint32_t ifindex = 0;
  QueueHolder holder = QueueHolder::kNobody;  ///< Whose memory the pool hands out.
  std::uint64_t inflight_pages = 0;           ///< Taken and not come back.
  std::uint64_t inflight_bytes = 0;
  bool is_detached = false;  ///< The driver has given it up; it waits for its pages.
};

/// By the number of the pool.
using PagePools = std::map<std::uint64_t, PagePool>;
using PagePoolsStatistics = std::map<std::uint64_t, PagePoolStatistics>;

/// From the payload of one message. Error: kProtocol.
Result<PagePool> parse_page_pool(std::span<const std::byte> payload);

struct OnePagePoolStatistics {
  std::uint64_t id = 0;
  std::uint32_t ifindex = 0;
  PagePoolStatistics statistics;
};
Result<OnePagePoolStatistics> parse_page_pool_statistics(std::span<const std::byte> payload);

/// The kernel lists the pools of all interfaces; these are those of one. Errors: kUnsupported for
/// a kernel without the command (before 6.8), and for statistics one without
/// CONFIG_PAGE_POOL_STATS.
Result<PagePools> page_pools(GenericSocket& netdev, int ifindex);
Result<PagePoolsStatistics> page_pool_statistics(GenericSocket& netdev, int ifindex);

}  // namespace nobounce::netlink
