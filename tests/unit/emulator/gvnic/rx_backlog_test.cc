// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/rx_backlog.h"

#include <gtest/gtest.h>

#include <deque>

#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::gvnic {
namespace {

using net::Bytes;
using net::up_to;

struct Kept {
  Bytes headers;
  Bytes payload;
  std::uint32_t hash;
};

// Against a plain queue: whatever was taken comes out in order and unharmed, over many wraps.
TEST(RxBacklog, KeepsOrderAndContentOverWraps) {
  net::Random random(30);
  RxBacklog backlog(10'000);
  std::deque<Kept> kept;
  int refused = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (up_to(random, 1) == 0) {
      Kept next{.headers = net::random_bytes(random, 14 + up_to(random, 60)),
                .payload = net::random_bytes(random, up_to(random, 2000)),
                .hash = static_cast<std::uint32_t>(random())};
      const auto pieces = net::random_pieces(random, next.payload, 4);
      const net::Frame frame{.headers = next.headers,
                             .payload = pieces,
                             .payload_bytes = static_cast<std::uint32_t>(next.payload.size()),
                             .layout = {.header_bytes = static_cast<std::uint16_t>(next.hash)},
                             .segment_bytes = static_cast<std::uint16_t>(next.hash >> 16),
                             .checksums = net::Checksums(next.hash % 3),
                             .tx_queue = static_cast<std::uint8_t>(next.hash)};
      if (backlog.push(frame, {.rss_hash = next.hash, .time_ns = next.hash + 1ull})) {
        kept.push_back(std::move(next));
      } else {
        ++refused;
        ASSERT_GE(kept.size(), 3u);  // it was not empty space that was refused
      }
    } else if (!kept.empty()) {
      ASSERT_FALSE(backlog.is_empty());
      const net::Frame& frame = backlog.front();
      EXPECT_TRUE(std::ranges::equal(frame.headers, kept.front().headers));
      Bytes payload;
      for (const net::Piece& piece : frame.payload)
        payload.insert(payload.end(), piece.begin(), piece.end());
      EXPECT_EQ(payload, kept.front().payload);
      EXPECT_EQ(frame.payload_bytes, payload.size());
      EXPECT_EQ(frame.layout.header_bytes, kept.front().hash & 0xffff);
      EXPECT_EQ(frame.segment_bytes, kept.front().hash >> 16);
      EXPECT_EQ(frame.checksums, net::Checksums(kept.front().hash % 3));
      EXPECT_EQ(frame.tx_queue, kept.front().hash & 0xff);
      EXPECT_EQ(backlog.front_arrival().rss_hash, kept.front().hash);
      EXPECT_EQ(backlog.front_arrival().time_ns, kept.front().hash + 1ull);
      backlog.pop();
      kept.pop_front();
    }
    ASSERT_EQ(backlog.is_empty(), kept.empty());
  }
  EXPECT_GT(refused, 0);
}

TEST(RxBacklog, RefusesWhatIsLargerThanAllOfIt) {
  RxBacklog backlog(1000);
  const Bytes headers(14);
  const Bytes payload(1000);
  const net::Piece piece = payload;
  EXPECT_FALSE(backlog.push(
      {.headers = headers, .payload = {&piece, 1}, .payload_bytes = 1000, .layout = {}}, {}));
  EXPECT_TRUE(backlog.is_empty());
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
