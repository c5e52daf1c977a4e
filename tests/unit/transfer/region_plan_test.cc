// SPDX-License-Identifier: Apache-2.0
#include "transfer/region_plan.h"

#include <gtest/gtest.h>

#include <limits>

#include "transfer/options.h"

namespace nobounce::transfer {
namespace {

using path::Path;
constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

TEST(PlanReceive, HoldsThePayloadAndWhatTheRingNeeds) {
  struct Case {
    RegionWish wish;
    std::uint64_t region_bytes;
  };
  const Case cases[] = {
      {{Path::kCopy, 10 * kMiB, 0}, 10 * kMiB},
      {{Path::kCopy, 1, 0}, 4096},
      {{Path::kCopy, 0, 0}, 4096},
      {{Path::kCopy, std::nullopt, 0}, kDefaultRegionBytes},
      {{Path::kCopy, kHuge, 0}, kMaxRegionBytes},
      {{Path::kCopy, 10 * kMiB, 5000}, 8192},
      {{Path::kDevmem, 256 * kMiB, 0}, 320 * kMiB},
      {{Path::kDevmem, 4097, 0}, 64 * kMiB + 8192},
      {{Path::kDevmem, kHuge, 0}, kMaxRegionBytes},
      {{Path::kDevmem, kHuge, kMiB}, kMiB},
      {{Path::kZcrx, 4097, 0}, 64 * kMiB + 8192},
      {{std::nullopt, 4097, 0}, 64 * kMiB + 8192},  // It may become a pool.
      {{std::nullopt, 4097, 4096}, 4096},
      {{Path::kDevmem, 1, 96 * kMiB}, 96 * kMiB},
  };
  for (const auto& [wish, region_bytes] : cases)
    EXPECT_EQ(plan_receive(wish).value_or(0), region_bytes);
}

TEST(FragsToHold, LeavesAReserveThatShrinksWithThePool) {
  EXPECT_EQ(frags_to_hold(320 * kMiB).value_or(0), 65536u);
  EXPECT_EQ(frags_to_hold(kMaxRegionBytes).value_or(0), 262144u - 16384);
  EXPECT_EQ(frags_to_hold(96 * kMiB).value_or(0), 8192u);
  EXPECT_EQ(frags_to_hold(kMiB).value_or(0), 64u);
  EXPECT_EQ(frags_to_hold(320 * kMiB, 32768).value_or(0), 8192u);
  EXPECT_EQ(frags_to_hold(4096).error().code, Code::kInvalidArgument);
  for (const std::uint32_t niov_bytes : {2048u, 5000u, 1u << 30})
    EXPECT_EQ(frags_to_hold(kMiB, niov_bytes).error().code, Code::kInvalidArgument);
}

TEST(PlanReceive, RefusesRegionsThatCannotWork) {
  EXPECT_EQ(plan_receive({Path::kCopy, 1, kMaxRegionBytes + 1}).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(plan_receive({Path::kDevmem, 1, kHuge}).error().code, Code::kInvalidArgument);
}

// Half of a small pool, at a niov for each of the smallest full segments; none where there is
// plenty.
TEST(WindowForPool, LeavesNiovsForTheSegmentThatIsMissing) {
  EXPECT_EQ(window_for_pool(2 * kMiB, 0), 256u * 1428);
  EXPECT_EQ(window_for_pool(2 * kMiB, 32768), 32u * 1428);
  EXPECT_NE(window_for_pool(64 * kMiB, 0), 0u);
  EXPECT_EQ(window_for_pool(96 * kMiB, 0), 0u);
}

TEST(PlanSend, HoldsThePayloadUpToTheMost) {
  EXPECT_EQ(plan_send({Path::kDevmem, 5000, 0}), 8192u);
  EXPECT_EQ(plan_send({Path::kDevmem, kHuge, 0}), kMaxRegionBytes);
  EXPECT_EQ(plan_send({Path::kDevmem, std::nullopt, 0}), kDefaultRegionBytes);
  EXPECT_EQ(plan_send({Path::kDevmem, 1, kMiB}), kMiB);
  EXPECT_FALSE(plan_send({Path::kDevmem, 1, kMaxRegionBytes + 1}));
}

}  // namespace
}  // namespace nobounce::transfer
