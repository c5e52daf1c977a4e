// SPDX-License-Identifier: Apache-2.0
#include "emulator/net/frame_queue.h"

#include <gtest/gtest.h>

#include <deque>

#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::net {
namespace {

struct Note {
  std::uint32_t hash = 0;
  std::uint64_t time_ns = 0;
};

struct Kept {
  Bytes headers;
  Bytes payload;
  std::uint32_t hash;
};

// Against a plain queue: whatever was taken comes out in order and unharmed, over many wraps.
TEST(FrameQueue, KeepsOrderAndContentOverWraps) {
  constexpr std::size_t kCapacity = 10'000;
  Random random(30);
  FrameQueue<Note> queue(kCapacity);
  std::deque<Kept> kept;
  std::size_t used_bytes = 0;
  int refused = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (up_to(random, 1) == 0) {
      Kept next{.headers = random_bytes(random, 14 + up_to(random, 60)),
                .payload = random_bytes(random, up_to(random, 2000)),
                .hash = static_cast<std::uint32_t>(random())};
      const auto pieces = random_pieces(random, next.payload, 4);
      const Frame frame{.headers = next.headers,
                        .payload = pieces,
                        .payload_bytes = static_cast<std::uint32_t>(next.payload.size()),
                        .layout = {.header_bytes = static_cast<std::uint16_t>(next.hash)},
                        .segment_bytes = static_cast<std::uint16_t>(next.hash >> 16),
                        .checksums = Checksums(next.hash % 3),
                        .tx_queue = static_cast<std::uint8_t>(next.hash)};
      if (queue.push(frame, {.hash = next.hash, .time_ns = next.hash + 1ull})) {
        used_bytes += FrameQueue<Note>::kRecordBytes + next.headers.size() + next.payload.size();
        kept.push_back(std::move(next));
      } else {
        ++refused;
        // What it may lose is what lies behind the newest frame before the ring starts over.
        ASSERT_GT(used_bytes + 2 * (FrameQueue<Note>::kRecordBytes + 74 + 2000), kCapacity);
      }
    } else if (!kept.empty()) {
      ASSERT_FALSE(queue.is_empty());
      const Frame& frame = queue.front();
      EXPECT_TRUE(std::ranges::equal(frame.headers, kept.front().headers));
      EXPECT_EQ(frame.payload.empty(), kept.front().payload.empty());
      Bytes payload;
      for (const Piece& piece : frame.payload)
        payload.insert(payload.end(), piece.begin(), piece.end());
      EXPECT_EQ(payload, kept.front().payload);
      EXPECT_EQ(frame.payload_bytes, payload.size());
      EXPECT_EQ(frame.layout.header_bytes, kept.front().hash & 0xffff);
      EXPECT_EQ(frame.segment_bytes, kept.front().hash >> 16);
      EXPECT_EQ(frame.checksums, Checksums(kept.front().hash % 3));
      EXPECT_EQ(frame.tx_queue, kept.front().hash & 0xff);
      EXPECT_EQ(queue.front_note().hash, kept.front().hash);
      EXPECT_EQ(queue.front_note().time_ns, kept.front().hash + 1ull);
      used_bytes -= FrameQueue<Note>::kRecordBytes + kept.front().headers.size() + payload.size();
      queue.pop();
      kept.pop_front();
    }
    ASSERT_EQ(queue.is_empty(), kept.empty());
    ASSERT_EQ(queue.used_bytes(), used_bytes);
    ASSERT_LE(used_bytes, kCapacity);
  }
  EXPECT_GT(refused, 0);
}

TEST(FrameQueue, RefusesWhatIsLargerThanAllOfIt) {
  FrameQueue<Note> queue(1000);
  const Bytes headers(14);
  const Bytes payload(1000);
  const Piece piece = payload;
  EXPECT_FALSE(queue.push(
      {.headers = headers, .payload = {&piece, 1}, .payload_bytes = 1000, .layout = {}}, {}));
  EXPECT_TRUE(queue.is_empty());
}

}  // namespace
}  // namespace nobounce::emulator::net
