// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/frame_queue.h"

#include <gtest/gtest.h>

#include <deque>

#include "unit/emulator/wire/frames.h"

namespace nobounce::emulator::wire {
namespace {

TEST(FrameQueue, GivesBackWhatItWasGiven) {
  FrameQueue queue(1 << 16);
  const net::PacketOptions options;
  const OwnedFrame owned(net::build_packet(options, Bytes(3000, std::byte{7})), 1000);
  ASSERT_TRUE(queue.push(owned.frame(), 42));
  EXPECT_EQ(queue.front_due_ns(), 42U);
  const net::Frame& front = queue.front();
  EXPECT_EQ(bytes_of(front), owned.bytes());
  EXPECT_EQ(front.headers.size(), net::header_bytes_of(options));
  EXPECT_EQ(front.payload_bytes, 3000U);
  EXPECT_EQ(front.segment_bytes, 1000U);
  EXPECT_EQ(front.checksums, net::Checksums::kPending);
  EXPECT_EQ(front.layout.l4_offset, net::l4_offset_of(options));
}

TEST(FrameQueue, AFrameWithoutPayloadHasNoPieces) {
  FrameQueue queue(1 << 16);
  const OwnedFrame owned(ethernet(1, 2, 0));
  ASSERT_TRUE(queue.push(owned.frame(), 0));
  EXPECT_TRUE(queue.front().payload.empty());
}

TEST(FrameQueue, KeepsOrderAndItsBoundWhateverIsPushedAndPopped) {
  constexpr std::size_t kCapacity = 20'000;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    net::Random random(seed);
    FrameQueue queue(kCapacity);
    std::deque<std::pair<Bytes, std::uint64_t>> model;
    std::size_t refused = 0;
    for (std::uint64_t step = 0; step < 3000; ++step) {
      if (net::up_to(random, 99) < 55) {
        const OwnedFrame owned(
            ethernet(step, step, net::up_to(random, 3000), static_cast<unsigned>(step & 0xff)));
        if (queue.push(owned.frame(), step)) {
          model.emplace_back(owned.bytes(), step);
        } else {
          ++refused;
          // What it may lose is what lies behind the newest frame before the ring starts over.
          EXPECT_GT(queue.used_bytes() + 2 * 3200, kCapacity);
        }
      } else if (!model.empty()) {
        ASSERT_EQ(bytes_of(queue.front()), model.front().first);
        ASSERT_EQ(queue.front_due_ns(), model.front().second);
        queue.pop();
        model.pop_front();
      }
      ASSERT_EQ(queue.is_empty(), model.empty());
      ASSERT_LE(queue.used_bytes(), kCapacity);
      std::size_t bytes = 0;
      for (const auto& [frame, due] : model)
        bytes += frame.size() + FrameQueue::kRecordBytes;
      ASSERT_EQ(queue.used_bytes(), bytes);
    }
    EXPECT_GT(refused, 0U) << seed;
  }
}

}  // namespace
}  // namespace nobounce::emulator::wire
