// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/cable.h"

#include <gtest/gtest.h>

namespace nobounce::emulator::wire {
namespace {

struct CountingSink final : net::FrameSink {
  void accept(const net::Frame& frame) override {
    ++frames;
    last = &frame;
    if (answer_to != nullptr) answer_to->accept(frame);
  }
  int frames = 0;
  const net::Frame* last = nullptr;
  net::FrameSink* answer_to = nullptr;
};

TEST(Cable, AFrameReachesTheOtherEndUncopied) {
  Cable cable;
  CountingSink a;
  CountingSink b;
  cable.plug(0, &a);
  cable.plug(1, &b);
  const net::Frame frame{};
  cable.end(0).accept(frame);
  EXPECT_EQ(a.frames, 0);
  EXPECT_EQ(b.frames, 1);
  EXPECT_EQ(b.last, &frame);
  cable.end(1).accept(frame);
  EXPECT_EQ(a.frames, 1);
}

TEST(Cable, FramesToAnUnpluggedEndAreCounted) {
  Cable cable;
  CountingSink a;
  cable.plug(0, &a);
  const net::Frame frame{};
  cable.end(0).accept(frame);
  cable.end(1).accept(frame);
  cable.plug(0, nullptr);
  cable.end(1).accept(frame);
  EXPECT_EQ(a.frames, 1);
  EXPECT_EQ(cable.dropped_frames(), 2U);
}

TEST(Cable, AnAnswerDuringDeliveryIsDroppedNotRecursed) {
  Cable cable;
  CountingSink a;
  CountingSink b;
  cable.plug(0, &a);
  cable.plug(1, &b);
  a.answer_to = &cable.end(0);
  b.answer_to = &cable.end(1);
  const net::Frame frame{};
  cable.end(0).accept(frame);
  EXPECT_EQ(b.frames, 1);
  EXPECT_EQ(a.frames, 0);
  EXPECT_EQ(cable.dropped_frames(), 1U);
}

}  // namespace
}  // namespace nobounce::emulator::wire
