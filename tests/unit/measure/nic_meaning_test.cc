// SPDX-License-Identifier: Apache-2.0
// What counters of recorded hosts mean.
#include "measure/nic_meaning.h"

#include <gtest/gtest.h>

namespace nobounce::measure {
namespace {

TEST(NicMeaning, OfGveAddsUpItsQueues) {
  const Counts gve{{"rx_packets", 900},         {"rx_hsplit_pkt", 880},
                   {"rx_dropped", 1},           {"rx_queue_drop_cnt[0]", 2},
                   {"rx_queue_drop_cnt[1]", 3}, {"rx_no_buffers_posted[1]", 4},
                   {"rx_buf_alloc_fail", 5},    {"rx_hsplit_unsplit_pkt", 6}};
  EXPECT_EQ(sum_of(NicCounter::kRxDropped, "gve", gve).value(), 6u);
  EXPECT_EQ(sum_of(NicCounter::kRxNoBuffer, "gve", gve).value(), 9u);
  EXPECT_EQ(sum_of(NicCounter::kRxHeaderSplitPackets, "gve", gve).value(), 880u);
  EXPECT_EQ(sum_of(NicCounter::kRxNotSplitPackets, "gve", gve).value(), 6u);
  const auto coalesced = sum_of(NicCounter::kRxCoalescedPackets, "gve", gve);
  ASSERT_FALSE(coalesced.is_available()) << "gve tells nothing of RSC";
  EXPECT_NE(coalesced.missing_probe().find("gve"), std::string::npos);
}

TEST(NicMeaning, OfMlx5) {
  const Counts mlx5{{"rx_out_of_buffer", 7},
                    {"rx_discards_phy", 2},
                    {"rx_gro_packets", 4000},
                    {"rx_hds_nosplit_packets", 3},
                    {"rx0_gro_packets", 4000}};
  EXPECT_EQ(sum_of(NicCounter::kRxNoBuffer, "mlx5_core", mlx5).value(), 7u);
  EXPECT_EQ(sum_of(NicCounter::kRxDropped, "mlx5_core", mlx5).value(), 2u);
  EXPECT_EQ(sum_of(NicCounter::kRxCoalescedPackets, "mlx5_core", mlx5).value(), 4000u)
      << "the queues' own counters are in the total";
  EXPECT_EQ(sum_of(NicCounter::kRxNotSplitPackets, "mlx5_core", mlx5).value(), 3u);
}

TEST(NicMeaning, OfBnxtWhoseQueuesStandInFront) {
  const Counts bnxt{{"[0]: rx_tpa_pkt", 10},
                    {"[7]: rx_tpa_pkt", 20},
                    {"[0]: rx_discards", 1},
                    {"rx_total_ring_discards", 1},
                    {"rx_total_oom_discards", 2}};
  EXPECT_EQ(sum_of(NicCounter::kRxCoalescedPackets, "bnxt_en", bnxt).value(), 30u);
  EXPECT_EQ(sum_of(NicCounter::kRxDropped, "bnxt_en", bnxt).value(), 1u);
  EXPECT_EQ(sum_of(NicCounter::kRxNoBuffer, "bnxt_en", bnxt).value(), 2u);
}

TEST(NicMeaning, OfAnUnknownDriverIsMissing) {
  EXPECT_FALSE(sum_of(NicCounter::kRxDropped, "veth", {{"rx_dropped", 1}}).is_available());
  EXPECT_FALSE(meaning_of("bnxt_en", "[broken"));
}

}  // namespace
}  // namespace nobounce::measure
