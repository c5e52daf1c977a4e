// SPDX-License-Identifier: Apache-2.0
// A transmit queue in front of a wire that is not always ready.
#include <gtest/gtest.h>

#include "unit/emulator/gvnic/driver_double.h"

namespace nobounce::emulator::gvnic {
namespace {

struct NarrowSink final : net::FrameSink {
  void accept(const net::Frame&) override {
    --room;
    ++frames;
  }
  [[nodiscard]] bool is_ready() const override { return room != 0; }

  std::uint32_t room = 0;
  std::uint32_t frames = 0;
};

class BusyWireTest : public testing::Test {
 protected:
  void post(std::uint16_t packets) {
    const Bytes packet = net::build_packet({}, Bytes(100));
    for (std::uint16_t i = 0; i < packets; ++i, ++next_tag_) {
      driver_.put(packet_descriptor(ram_.allocate(packet),
                                    static_cast<std::uint32_t>(packet.size()),
                                    {.event = true, .tag = next_tag_}));
    }
    queue_->ring_doorbell(driver_.tail());
  }
  std::vector<unsigned> completed_tags() {
    std::vector<unsigned> tags;
    for (const auto& completion : driver_.reap()) {
      if (completion.type == TxDriver::kPacketCompletion) tags.push_back(completion.value);
    }
    return tags;
  }

  GuestRam ram_;
  TxDriver driver_{ram_, 64};
  std::unique_ptr<TxQueue> queue_ =
      std::move(TxQueue::create(driver_.config(), ram_.memory())).value();
  NarrowSink sink_;
  std::uint16_t next_tag_ = 0;
};

TEST_F(BusyWireTest, WhatIsPostedWaitsUntilTheWireIsReady) {
  post(3);
  EXPECT_EQ(queue_->process(100, sink_), TxQueue::Outcome::kWireBusy);
  EXPECT_FALSE(queue_->take_interrupt_request());
  sink_.room = 1;
  EXPECT_EQ(queue_->process(100, sink_), TxQueue::Outcome::kWireBusy);
  EXPECT_EQ(completed_tags(), std::vector<unsigned>{0});
  EXPECT_TRUE(queue_->take_interrupt_request());
  post(1);
  sink_.room = 100;
  EXPECT_EQ(queue_->process(100, sink_), TxQueue::Outcome::kIdle);
  EXPECT_EQ(completed_tags(), (std::vector<unsigned>{1, 2, 3}));
  EXPECT_EQ(sink_.frames, 4U);
}

TEST_F(BusyWireTest, AQueueWithNothingToSendDoesNotMind) {
  EXPECT_EQ(queue_->process(100, sink_), TxQueue::Outcome::kIdle);
}

TEST_F(BusyWireTest, ABadDoorbellIsAFaultAllTheSame) {
  post(1);
  queue_->ring_doorbell(64);
  EXPECT_EQ(queue_->process(100, sink_), TxQueue::Outcome::kFaulted);
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
