// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/interrupts.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>

#include "manual_clock.h"

namespace nobounce::emulator::gvnic {
namespace {

// What gve writes after each poll: enable, and leave the moderation interval as it is.
constexpr std::uint32_t kRearm = 0x19;

/// What gve writes to set an interval.
constexpr std::uint32_t with_interval_us(std::uint32_t us) {
  return Interrupts::kEnable | (us / 2) << Interrupts::kIntervalShift;
}

class InterruptsTest : public testing::Test {
 protected:
  void connect(std::uint32_t vector) {
    kept_[vector] = sys::Fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    interrupts_.set_eventfd(vector, sys::Fd(::dup(kept_[vector].get())));
  }
  std::uint64_t fired(std::uint32_t vector) {
    std::uint64_t count = 0;
    return ::read(kept_[vector].get(), &count, sizeof count) == sizeof count ? count : 0;
  }

  ManualClock clock_;
  Interrupts interrupts_{clock_, true};
  std::array<sys::Fd, Interrupts::kVectors> kept_;
};

TEST_F(InterruptsTest, ABlockFiresOnceAndMasksItself) {
  interrupts_.configure(4, 0);
  connect(2);
  interrupts_.ring_doorbell(2, kRearm);
  interrupts_.raise(2);
  interrupts_.raise(2);
  interrupts_.raise(2);
  EXPECT_EQ(fired(2), 1U);
}

TEST_F(InterruptsTest, WhatArrivedWhileMaskedFiresOnceOnUnmask) {
  interrupts_.configure(4, 0);
  connect(0);
  interrupts_.raise(0);
  interrupts_.raise(0);
  EXPECT_EQ(fired(0), 0U);
  interrupts_.ring_doorbell(0, kRearm);
  EXPECT_EQ(fired(0), 1U);
  interrupts_.ring_doorbell(0, kRearm);
  EXPECT_EQ(fired(0), 0U);
  interrupts_.raise(0);
  EXPECT_EQ(fired(0), 1U);
}

TEST_F(InterruptsTest, ClearPendingForgetsWhatArrived) {
  interrupts_.configure(4, 0);
  connect(1);
  interrupts_.raise(1);
  interrupts_.ring_doorbell(1, Interrupts::kEnable | Interrupts::kClearPending);
  EXPECT_EQ(fired(1), 0U);
}

TEST_F(InterruptsTest, ADoorbellWithoutTheEnableBitMasks) {
  interrupts_.configure(4, 0);
  connect(1);
  interrupts_.ring_doorbell(1, kRearm);
  interrupts_.ring_doorbell(1, 0);
  interrupts_.raise(1);
  EXPECT_EQ(fired(1), 0U);
}

TEST_F(InterruptsTest, WhatArrivedWithoutAnEventfdFiresWhenThereIsOne) {
  interrupts_.configure(4, 0);
  interrupts_.ring_doorbell(3, kRearm);
  interrupts_.raise(3);
  interrupts_.raise_management();
  connect(3);
  connect(4);
  EXPECT_EQ(fired(3), 1U);
  EXPECT_EQ(fired(4), 1U);
  interrupts_.raise(3);
  EXPECT_EQ(fired(3), 0U);
}

TEST_F(InterruptsTest, AnEventfdCanBeTakenAway) {
  interrupts_.configure(4, 0);
  connect(3);
  interrupts_.set_eventfd(3, {});
  interrupts_.ring_doorbell(3, kRearm);
  interrupts_.raise(3);
  EXPECT_EQ(fired(3), 0U);
}

TEST_F(InterruptsTest, TheManagementVectorIsLastOrFirst) {
  for (std::uint32_t vector = 0; vector < 5; ++vector)
    connect(vector);
  interrupts_.configure(4, 0);
  interrupts_.raise_management();
  EXPECT_EQ(fired(4), 1U);
  interrupts_.configure(4, 1);
  interrupts_.raise_management();
  EXPECT_EQ(fired(0), 1U);
  interrupts_.ring_doorbell(0, kRearm);
  interrupts_.raise(0);
  EXPECT_EQ(fired(1), 1U);
}

TEST_F(InterruptsTest, BlocksThatAreNotConfiguredAreIgnored) {
  for (std::uint32_t vector = 0; vector < Interrupts::kVectors; ++vector)
    connect(vector);
  interrupts_.raise_management();
  interrupts_.configure(2, 0);
  for (const std::uint32_t block : {2U, kMaxNotifyBlocks, ~0U}) {
    interrupts_.ring_doorbell(block, kRearm);
    interrupts_.raise(block);
  }
  interrupts_.set_eventfd(Interrupts::kVectors, {});
  interrupts_.set_eventfd(~0U, {});
  for (std::uint32_t vector = 0; vector < Interrupts::kVectors; ++vector) {
    EXPECT_EQ(fired(vector), 0U) << vector;
  }
}

TEST_F(InterruptsTest, ResetForgetsArmedAndPendingBlocks) {
  interrupts_.configure(2, 0);
  connect(0);
  connect(1);
  interrupts_.ring_doorbell(0, kRearm);
  interrupts_.raise(1);
  interrupts_.reset();
  interrupts_.raise(0);
  interrupts_.configure(2, 0);
  interrupts_.raise(0);
  interrupts_.ring_doorbell(1, kRearm);
  EXPECT_EQ(fired(0), 0U);
  EXPECT_EQ(fired(1), 0U);
}

TEST_F(InterruptsTest, OneThatComesTooSoonWaitsForItsInterval) {
  interrupts_.configure(4, 0);
  connect(1);
  interrupts_.ring_doorbell(1, with_interval_us(20));
  interrupts_.raise(1);
  EXPECT_EQ(fired(1), 1U);  // the first one is never late
  EXPECT_EQ(interrupts_.due_ns(), std::nullopt);
  const std::uint64_t first_ns = clock_.ns;

  clock_.ns += 5'000;
  interrupts_.ring_doorbell(1, kRearm);
  interrupts_.raise(1);
  interrupts_.raise(1);
  EXPECT_EQ(fired(1), 0U);
  EXPECT_EQ(interrupts_.due_ns(), first_ns + 20'000);
  clock_.ns = first_ns + 19'999;
  interrupts_.fire_due();
  EXPECT_EQ(fired(1), 0U);
  clock_.ns = first_ns + 20'000;
  interrupts_.fire_due();
  EXPECT_EQ(fired(1), 1U);
  EXPECT_EQ(interrupts_.due_ns(), std::nullopt);
  EXPECT_EQ(interrupts_.statistics().raised, 2U);
  EXPECT_EQ(interrupts_.statistics().moderated, 1U);
}

TEST_F(InterruptsTest, UnderLoadTheyComeAtEqualIntervals) {
  interrupts_.configure(1, 0);
  connect(0);
  interrupts_.ring_doorbell(0, with_interval_us(50));
  const std::uint64_t start_ns = clock_.ns;
  std::uint64_t count = 0;
  for (; clock_.ns < start_ns + 1'000'000; clock_.ns += 1'000) {
    interrupts_.raise(0);
    interrupts_.fire_due();
    if (fired(0) == 0) continue;
    EXPECT_EQ(clock_.ns, start_ns + count * 50'000);
    ++count;
    interrupts_.ring_doorbell(0, kRearm);
  }
  EXPECT_EQ(count, 20U);
}

TEST_F(InterruptsTest, AfterAQuietTimeNothingWaits) {
  interrupts_.configure(1, 0);
  connect(0);
  interrupts_.ring_doorbell(0, with_interval_us(20));
  interrupts_.raise(0);
  clock_.ns += 20'000;
  interrupts_.ring_doorbell(0, kRearm);
  interrupts_.raise(0);
  EXPECT_EQ(fired(0), 2U);
  EXPECT_EQ(interrupts_.statistics().moderated, 0U);
}

TEST_F(InterruptsTest, ADoorbellChangesTheIntervalOfWhatWaits) {
  interrupts_.configure(1, 0);
  connect(0);
  interrupts_.ring_doorbell(0, with_interval_us(8190));  // the longest there is
  interrupts_.raise(0);
  const std::uint64_t first_ns = clock_.ns;
  interrupts_.ring_doorbell(0, kRearm);
  interrupts_.raise(0);
  EXPECT_EQ(interrupts_.due_ns(), first_ns + 8'190'000);
  clock_.ns += 1'000;
  interrupts_.ring_doorbell(0, with_interval_us(10));
  EXPECT_EQ(interrupts_.due_ns(), first_ns + 10'000);
  interrupts_.ring_doorbell(0, with_interval_us(0));
  EXPECT_EQ(fired(0), 2U);
  EXPECT_EQ(interrupts_.due_ns(), std::nullopt);
}

TEST_F(InterruptsTest, WhatWaitsCanBeMaskedAndForgotten) {
  interrupts_.configure(2, 0);
  connect(0);
  connect(1);
  for (const std::uint32_t block : {0U, 1U}) {
    interrupts_.ring_doorbell(block, with_interval_us(20));
    interrupts_.raise(block);
    interrupts_.ring_doorbell(block, kRearm);
    interrupts_.raise(block);
    EXPECT_EQ(fired(block), 1U);
  }
  interrupts_.ring_doorbell(0, Interrupts::kKeepInterval);
  interrupts_.ring_doorbell(1, kRearm | Interrupts::kClearPending);
  EXPECT_EQ(interrupts_.due_ns(), std::nullopt);
  clock_.ns += 20'000;
  interrupts_.fire_due();
  EXPECT_EQ(fired(0), 0U);
  EXPECT_EQ(fired(1), 0U);
  interrupts_.ring_doorbell(0, kRearm);
  EXPECT_EQ(fired(0), 1U);
}

TEST_F(InterruptsTest, BlocksWaitEachForItself) {
  interrupts_.configure(3, 1);
  for (std::uint32_t vector = 0; vector < 4; ++vector)
    connect(vector);
  const std::uint64_t first_ns = clock_.ns;
  for (std::uint32_t block = 0; block < 3; ++block) {
    interrupts_.ring_doorbell(block, with_interval_us(30 - 10 * block));
    interrupts_.raise(block);
    interrupts_.ring_doorbell(block, kRearm);
    interrupts_.raise(block);
    EXPECT_EQ(fired(block + 1), 1U);
  }
  EXPECT_EQ(interrupts_.due_ns(), first_ns + 10'000);
  clock_.ns += 20'000;
  interrupts_.fire_due();
  EXPECT_EQ(fired(1), 0U);
  EXPECT_EQ(fired(2), 1U);
  EXPECT_EQ(fired(3), 1U);
  EXPECT_EQ(interrupts_.due_ns(), first_ns + 30'000);
}

TEST_F(InterruptsTest, TheManagementInterruptIsNeverModerated) {
  interrupts_.configure(2, 0);
  connect(2);
  interrupts_.ring_doorbell(0, with_interval_us(8190));
  for (int count = 0; count < 3; ++count)
    interrupts_.raise_management();
  EXPECT_EQ(fired(2), 3U);
  EXPECT_EQ(interrupts_.statistics().management, 3U);
  EXPECT_EQ(interrupts_.due_ns(), std::nullopt);
}

TEST_F(InterruptsTest, ResetForgetsIntervalsAndWhatWaits) {
  interrupts_.configure(1, 0);
  connect(0);
  interrupts_.ring_doorbell(0, with_interval_us(20));
  interrupts_.raise(0);
  interrupts_.ring_doorbell(0, kRearm);
  interrupts_.raise(0);
  interrupts_.reset();
  EXPECT_EQ(interrupts_.due_ns(), std::nullopt);
  interrupts_.configure(1, 0);
  EXPECT_EQ(fired(0), 1U);
  for (int count = 0; count < 3; ++count) {
    interrupts_.ring_doorbell(0, kRearm);
    interrupts_.raise(0);
  }
  EXPECT_EQ(fired(0), 3U);
}

TEST_F(InterruptsTest, WithoutModerationIntervalsDoNothing) {
  Interrupts plain(clock_, false);
  plain.configure(1, 0);
  kept_[0] = sys::Fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  plain.set_eventfd(0, sys::Fd(::dup(kept_[0].get())));
  for (int count = 0; count < 3; ++count) {
    plain.ring_doorbell(0, with_interval_us(8190));
    plain.raise(0);
  }
  EXPECT_EQ(fired(0), 3U);
  EXPECT_EQ(plain.statistics().moderated, 0U);
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
