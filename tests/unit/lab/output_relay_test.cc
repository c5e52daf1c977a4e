// SPDX-License-Identifier: Apache-2.0
// The relay of a stream: all bytes, in order, never more than a bound, and never a block.
#include "lab/output_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "lab/last_lines.h"
#include "sys/byte_stream.h"

namespace nobounce::lab {
namespace {

class OutputRelayTest : public testing::Test {
 protected:
  void SetUp() override {
    guest_ = std::move(*sys::make_socket_pair());
    output_ = std::move(*sys::make_pipe());
    relay_ = OutputRelay(std::move(guest_.first), output_.second.get(), "output");
  }

  // One turn of the loop, which never waits.
  Status turn() {
    std::array<pollfd, 2> ready{{relay_.wish_to_read(), relay_.wish_to_write()}};
    ::poll(ready.data(), ready.size(), 0);
    return relay_.move_on(ready[0], ready[1]);
  }

  std::string take_output() {
    std::string all;
    std::array<char, 65536> piece;
    for (;;) {
      const auto got = sys::read_some(output_.first.get(), piece, "output");
      if (!got || !*got || **got == 0) return all;
      all.append(piece.data(), **got);
    }
  }

  sys::FdPair guest_;
  sys::FdPair output_;
  OutputRelay relay_;
};

TEST_F(OutputRelayTest, EveryByteComesInOrderAndTheEndIsSeen) {
  std::string sent;
  for (int i = 0; i < 100'000; ++i)
    sent += static_cast<char>(i * 7);
  ASSERT_TRUE(sys::write_all(guest_.second.get(), sent, "guest"));
  guest_.second.reset();
  std::string received;
  while (relay_.is_open()) {
    ASSERT_TRUE(turn());
    received += take_output();
  }
  EXPECT_EQ(received, sent);
}

TEST_F(OutputRelayTest, AReaderThatStoppedReadingHoldsTheGuestBackAndNotUs) {
  ASSERT_EQ(::fcntl(guest_.second.get(), F_SETFL, O_NONBLOCK), 0);
  const std::string piece(65536, 'x');
  bool guest_waits = false;
  for (int i = 0; i < 1000 && !guest_waits; ++i) {
    const auto put = sys::write_some(guest_.second.get(), piece, "guest");
    ASSERT_TRUE(put);
    ASSERT_TRUE(turn());
    guest_waits = !put->has_value() && relay_.wish_to_read().fd < 0;
  }
  EXPECT_TRUE(guest_waits);
}

TEST_F(OutputRelayTest, AClosedOutputIsAnError) {
  sys::ignore_broken_pipes();
  output_.first.reset();
  ASSERT_TRUE(sys::write_all(guest_.second.get(), "text", "guest"));
  ASSERT_TRUE(turn());
  const Status written = turn();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, Code::kPeerClosed);
}

TEST(LastLines, AreTheEndOfATextWithoutItsLastLineEnd) {
  EXPECT_EQ(last_lines("a\nb\nc\n\n", 2), "b\nc");
  EXPECT_EQ(last_lines("a\nb", 5), "a\nb");
  EXPECT_EQ(last_lines("\na", 1), "a");
  EXPECT_EQ(last_lines("", 3), "");
}

}  // namespace
}  // namespace nobounce::lab
