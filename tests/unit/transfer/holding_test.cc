// SPDX-License-Identifier: Apache-2.0
#include "transfer/holding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace nobounce::transfer {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

class MovedByHand final : public Clock {
 public:
  [[nodiscard]] std::uint64_t now_ns() const override { return now; }
  std::uint64_t now = 1'000'000;
};

class NotingOwner final : public path::FragOwner {
 public:
  Status give_back(path::FragRange range) override {
    for (std::uint32_t i = 0; i < range.count; ++i)
      back.push_back(range.first + i);
    return {};
  }
  path::FragBatch batch(std::uint32_t slot) {
    return {*this, {.first = slot, .count = 1}, std::span(frags).subspan(slot, 1), 1};
  }
  std::vector<path::Frag> frags = std::vector<path::Frag>(4096);
  std::vector<std::uint32_t> back;
};

TEST(HoldingOfFrags, GivesEachBackWhenItsTimeHasPassed) {
  MovedByHand clock;
  NotingOwner owner;
  Holding holding(clock, 10'000'000);
  ASSERT_TRUE(holding.take(owner.batch(0)));
  clock.now += 4'000'000;
  ASSERT_TRUE(holding.take(owner.batch(1)));
  EXPECT_EQ(holding.until_due(), milliseconds(6));
  clock.now += 5'999'999;
  ASSERT_TRUE(holding.give_back_due());
  EXPECT_TRUE(owner.back.empty());
  EXPECT_EQ(holding.until_due(), milliseconds(1));  // Rounded up: never a wait for nothing.
  clock.now += 1;
  ASSERT_TRUE(holding.give_back_due());
  EXPECT_THAT(owner.back, ElementsAre(0));
  EXPECT_FALSE(holding.is_empty());
  ASSERT_TRUE(holding.give_back_all());
  EXPECT_THAT(owner.back, ElementsAre(0, 1));
  EXPECT_TRUE(holding.is_empty());
}

TEST(HoldingOfFrags, OfNoTimeIsNone) {
  MovedByHand clock;
  NotingOwner owner;
  Holding holding(clock, 0);
  ASSERT_TRUE(holding.take(owner.batch(3)));
  EXPECT_THAT(owner.back, ElementsAre(3));
  EXPECT_TRUE(holding.is_empty());
}

TEST(HoldingOfFrags, MoreBatchesThanItHasPlacesForJoinTheNewest) {
  MovedByHand clock;
  NotingOwner owner;
  Holding holding(clock, 1'000'000);
  for (std::uint32_t slot = 0; slot < 3000; ++slot) {
    ASSERT_TRUE(holding.take(owner.batch(slot)));
    clock.now += 1;
  }
  // The last place has them all, and is due with the last of them.
  clock.now += 1'000'000 - 1500;
  ASSERT_TRUE(holding.give_back_due());
  EXPECT_EQ(owner.back.size(), 1023u);
  clock.now += 1500;
  ASSERT_TRUE(holding.give_back_due());
  ASSERT_EQ(owner.back.size(), 3000u);
  EXPECT_EQ(owner.back.back(), 2999u);
}

}  // namespace
}  // namespace nobounce::transfer
