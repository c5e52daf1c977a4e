// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/interrupts.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>

namespace nobounce::emulator::gvnic {
namespace {

// What gve writes after each poll: enable, and leave the moderation interval as it is.
constexpr std::uint32_t kRearm = 0x19;

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

  Interrupts interrupts_;
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

}  // namespace
}  // namespace nobounce::emulator::gvnic
