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
    std::uint64_t held_frags;
  };
  const Case cases[] = {
      {{Path::kCopy, 10 * kMiB, 0}, 10 * kMiB, 0},
      {{Path::kCopy, 1, 0}, 4096, 0},
      {{Path::kCopy, 0, 0}, 4096, 0},
      {{Path::kCopy, std::nullopt, 0}, kDefaultRegionBytes, 0},
      {{Path::kCopy, kHuge, 0}, kMaxRegionBytes, 0},
      {{Path::kCopy, 10 * kMiB, 5000}, 8192, 0},
      {{Path::kDevmem, 256 * kMiB, 0}, 320 * kMiB, 65536},
      {{Path::kDevmem, 4097, 0}, 64 * kMiB + 8192, 4097},
      {{Path::kDevmem, kHuge, 0}, kMaxRegionBytes, 262144 - 16384},
      {{Path::kDevmem, kHuge, kMiB}, kMiB, 64},  // A quarter of a small pool.
      {{Path::kDevmem, 1, 96 * kMiB}, 96 * kMiB, 8192},
  };
  for (const auto& [wish, region_bytes, held_frags] : cases) {
    const auto plan = plan_receive(wish);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->region_bytes, region_bytes);
    EXPECT_EQ(plan->max_held_frags, held_frags);
  }
}

TEST(PlanReceive, RefusesRegionsThatCannotWork) {
  EXPECT_EQ(plan_receive({Path::kCopy, 1, kMaxRegionBytes + 1}).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(plan_receive({Path::kDevmem, 1, kHuge}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(plan_receive({Path::kDevmem, 1, 4096}).error().code, Code::kInvalidArgument);
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
