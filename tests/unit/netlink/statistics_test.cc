// SPDX-License-Identifier: Apache-2.0
// Statistics of page pools, queues and drivers: over constructed messages, and from the kernel that
// runs the test where it has them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/ethtool.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "messages.h"
#include "netlink/driver_counters.h"
#include "netlink/page_pools.h"
#include "netlink/queue_statistics.h"
#include "sys/uapi/netdev.h"
#include "test_network.h"

namespace nobounce::netlink {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;
using ::testing::Pair;
namespace netdev = uapi::netdev;

TEST(PagePool, HasNumberMemoryAndPagesOut) {
  const Bytes plain = join(number<std::uint32_t>(netdev::kPagePoolId, 18),
                           number<std::uint32_t>(netdev::kPagePoolIfindex, 3),
                           number<std::uint64_t>(netdev::kPagePoolInflight, 1 << 20),
                           number<std::uint64_t>(netdev::kPagePoolInflightMem, 1ULL << 32));
  const auto pool = parse_page_pool(generic(plain));
  ASSERT_TRUE(pool) << to_string(pool.error());
  EXPECT_EQ(pool->id, 18u);
  EXPECT_EQ(pool->ifindex, 3u);
  EXPECT_EQ(pool->inflight_pages, 1u << 20);
  EXPECT_EQ(pool->inflight_bytes, 1ULL << 32);
  EXPECT_EQ(pool->holder, QueueHolder::kNobody);
  EXPECT_FALSE(pool->is_detached);

  const auto bound =
      parse_page_pool(generic(join(plain, number<std::uint32_t>(netdev::kPagePoolDmabuf, 5),
                                   number<std::uint32_t>(netdev::kPagePoolDetachTime, 9))));
  EXPECT_EQ(bound->holder, QueueHolder::kDmaBuf);
  EXPECT_TRUE(bound->is_detached);
  EXPECT_EQ(parse_page_pool(generic(join(plain, nest(netdev::kPagePoolIoUring, {}))))->holder,
            QueueHolder::kIoUring);
}

TEST(PagePool, WithoutNumberIsRefused) {
  EXPECT_EQ(parse_page_pool(generic({})).error().code, Code::kProtocol);
  EXPECT_EQ(parse_page_pool_statistics(generic({})).error().code, Code::kProtocol);
  const Bytes odd = number<std::uint16_t>(netdev::kPagePoolId, 1);
  EXPECT_EQ(parse_page_pool(generic(odd)).error().code, Code::kProtocol) << "a uint of 2 bytes";
}

// The attributes are numbered 8 to 18 in the specification: fast, slow, … released_refcnt.
TEST(PagePoolStatistics, TakeEachFigureFromItsAttribute) {
  Bytes attributes =
      nest(netdev::kPagePoolStatsInfo, join(number<std::uint32_t>(netdev::kPagePoolId, 18),
                                            number<std::uint32_t>(netdev::kPagePoolIfindex, 3)));
  for (std::uint16_t type = 8; type <= 18; ++type)
    attributes = join(attributes, number<std::uint32_t>(type, type * 100));
  const auto one = parse_page_pool_statistics(generic(attributes));
  ASSERT_TRUE(one) << to_string(one.error());
  EXPECT_EQ(one->id, 18u);
  EXPECT_EQ(one->ifindex, 3u);
  EXPECT_EQ(one->statistics.fast, 800u);
  EXPECT_EQ(one->statistics.slow, 900u);
  EXPECT_EQ(one->statistics.slow_high_order, 1000u);
  EXPECT_EQ(one->statistics.empty, 1100u);
  EXPECT_EQ(one->statistics.refill, 1200u);
  EXPECT_EQ(one->statistics.waive, 1300u);
  EXPECT_EQ(one->statistics.recycle_cached, 1400u);
  EXPECT_EQ(one->statistics.recycle_cache_full, 1500u);
  EXPECT_EQ(one->statistics.recycle_ring, 1600u);
  EXPECT_EQ(one->statistics.recycle_ring_full, 1700u);
  EXPECT_EQ(one->statistics.recycle_released_refcnt, 1800u);
}

TEST(QueueStatistics, HoldWhatTheDriverTellsAndNothingElse) {
  const auto queue = parse_queue_statistics(
      generic(join(number<std::uint32_t>(netdev::kQstatsIfindex, 3),
                   number<std::uint32_t>(netdev::kQstatsQueueType, netdev::kQueueTypeRx),
                   number<std::uint32_t>(netdev::kQstatsQueueId, 7), number<std::uint32_t>(8, 1000),
                   number<std::uint64_t>(9, 1ULL << 40), number<std::uint32_t>(12, 2),
                   number<std::uint32_t>(19, 5), number<std::uint32_t>(99, 1))));
  ASSERT_TRUE(queue) << to_string(queue.error());
  EXPECT_EQ(queue->id, 7u);
  EXPECT_EQ(queue->direction, Queue::Direction::kReceive);
  EXPECT_THAT(queue->counts, ElementsAre(Pair("rx_alloc_fail", 2), Pair("rx_bytes", 1ULL << 40),
                                         Pair("rx_hw_gro_packets", 5), Pair("rx_packets", 1000)));
  const auto last = parse_queue_statistics(generic(
      join(number<std::uint32_t>(netdev::kQstatsQueueType, netdev::kQueueTypeTx),
           number<std::uint32_t>(netdev::kQstatsQueueId, 0), number<std::uint32_t>(34, 4))));
  EXPECT_THAT(last->counts, ElementsAre(Pair("tx_wake", 4)));
}

TEST(QueueStatistics, OfNoQueueAreRefused) {
  EXPECT_EQ(parse_queue_statistics(generic({})).error().code, Code::kProtocol);
}

/// Counters as a driver tells them, and lies where a test asks for it.
struct FakeCounters {
  std::vector<std::pair<std::string, std::uint64_t>> counters;
  std::uint32_t claimed_extra = 0;
  bool has_none = false;

  EthtoolDoor door() {
    return [this](std::span<std::byte> request, std::string operation) -> Status {
      std::uint32_t command = 0;
      std::memcpy(&command, request.data(), sizeof command);
      const auto count = static_cast<std::uint32_t>(counters.size());
      const std::uint32_t told = count + claimed_extra;
      if (command == ETHTOOL_GSSET_INFO) {
        std::uint64_t mask = has_none ? 0 : 1ULL << ETH_SS_STATS;
        std::memcpy(request.data() + 8, &mask, sizeof mask);
        std::memcpy(request.data() + 16, &count, sizeof count);
        return {};
      }
      const bool is_names = command == ETHTOOL_GSTRINGS;
      std::memcpy(request.data() + (is_names ? 8 : 4), &told, sizeof told);
      for (std::size_t i = 0; i < count; ++i) {
        const auto& [name, value] = counters[i];
        if (is_names) {
          std::strncpy(reinterpret_cast<char*>(request.data() + 12 + i * ETH_GSTRING_LEN),
                       name.c_str(), ETH_GSTRING_LEN);
        } else {
          std::memcpy(request.data() + 8 + i * sizeof value, &value, sizeof value);
        }
      }
      if (command == ETHTOOL_GSTATS || is_names) return {};
      return fail(error_from_errno(EOPNOTSUPP, std::move(operation), "eth0"));
    };
  }
};

TEST(DriverCounters, AreByNameAndAddUpWhereANameOccursTwice) {
  FakeCounters fake{.counters = {{"rx_packets", 5},
                                 {"rx_bytes[1]", 1ULL << 40},
                                 {std::string(ETH_GSTRING_LEN, 'x'), 1},  // Without a NUL.
                                 {"rx_packets", 2}}};
  const auto counters = driver_counters(fake.door());
  ASSERT_TRUE(counters) << to_string(counters.error());
  EXPECT_THAT(*counters, ElementsAre(Pair("rx_bytes[1]", 1ULL << 40), Pair("rx_packets", 7),
                                     Pair(std::string(ETH_GSTRING_LEN, 'x'), 1)));
}

TEST(DriverCounters, OfADriverWithoutAreUnsupported) {
  FakeCounters fake{.counters = {}, .has_none = true};
  EXPECT_EQ(driver_counters(fake.door()).error().code, Code::kUnsupported);
}

TEST(DriverCounters, WhoseNumberChangesAreRefused) {
  FakeCounters fake{.counters = {{"rx_packets", 5}}, .claimed_extra = 1};
  EXPECT_EQ(driver_counters(fake.door()).error().code, Code::kProtocol);
}

class LiveStatistics : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!network_.skip_reason().empty()) GTEST_SKIP() << network_.skip_reason();
  }
  TestNetwork network_;
};

TEST_F(LiveStatistics, OfAVirtualLinkAreThereOrSayWhichProbeFailed) {
  const int ifindex = RouteSocket::open()->link("near0")->ifindex;
  const auto counters = driver_counters(ethtool_door("near0"));
  ASSERT_TRUE(counters) << to_string(counters.error());
  EXPECT_TRUE(counters->contains("peer_ifindex"));
  auto socket = GenericSocket::open(netdev::kFamilyName);
  if (!socket) GTEST_SKIP() << to_string(socket.error());
  const auto pools = page_pools(*socket, ifindex);
  if (!pools) {
    EXPECT_EQ(pools.error().code, Code::kUnsupported) << to_string(pools.error());
  }
  const auto queues = queue_statistics(*socket, ifindex);
  if (!queues) {
    EXPECT_EQ(queues.error().code, Code::kUnsupported) << to_string(queues.error());
  }
}

}  // namespace
}  // namespace nobounce::netlink
