// SPDX-License-Identifier: Apache-2.0
#include "path/devmem_tx.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "fake_kernel.h"

namespace nobounce::path {
namespace {

class DevmemTx : public testing::Test {
 protected:
  void open(std::uint32_t max_in_flight = 8) {
    sender = *DevmemSender::open(kernel, {.dma_buf_id = 9, .max_sends_in_flight = max_in_flight});
  }
  std::uint64_t send(std::uint64_t offset, std::uint64_t length) {
    const auto sent = sender->send({offset, length});
    EXPECT_TRUE(sent) << (sent ? "" : to_string(sent.error()));
    return sent.value_or(0);
  }

  /// What the sender polls for when it has no room.
  short awaited_for_room() {
    short asked = -1;
    kernel.on_wait = [&asked](short events) {
      asked = events;
      return 0;
    };
    EXPECT_EQ(*sender->wait(Awaited::kRoom, 0), Wake::kTimeout);
    return asked;
  }

  FakeKernel kernel;
  std::unique_ptr<DevmemSender> sender;
};

TEST_F(DevmemTx, PassesOffsetsAndTheBinding) {
  open();
  kernel.max_send = 1000;
  EXPECT_EQ(send(12345, 4000), 1000u);
  ASSERT_EQ(kernel.sent.size(), 1u);
  EXPECT_EQ(kernel.sent[0].offset, 12345u);
  EXPECT_EQ(kernel.sent[0].binding, 9u);
  EXPECT_EQ(kernel.sent[0].flags, MSG_ZEROCOPY);
  EXPECT_EQ(sender->counts().sends_in_flight, 1u);
}

TEST_F(DevmemTx, SettlesOnceAllRangesHaveCome) {
  for (const bool ipv6 : {false, true}) {
    kernel = FakeKernel{};
    kernel.uses_ipv6 = ipv6;
    open(16);
    for (std::uint64_t i = 0; i < 6; ++i)
      send(i, 1);
    kernel.notify(3, 5);
    EXPECT_FALSE(*sender->settle());
    EXPECT_EQ(sender->counts().sends_in_flight, 3u);
    kernel.notify(0, 0);
    kernel.notify(1, 2, SO_EE_CODE_ZEROCOPY_COPIED);
    EXPECT_TRUE(*sender->settle());
    EXPECT_EQ(sender->counts().sends_copied, 2u);
  }
}

TEST_F(DevmemTx, NeverExceedsTheSendsInFlight) {
  open(8);
  for (std::uint64_t i = 0; i < 8; ++i)
    EXPECT_EQ(send(i, 1), 1u);
  EXPECT_EQ(send(8, 1), 0u);
  EXPECT_EQ(awaited_for_room(), 0);  // POLLERR comes unasked; POLLOUT would spin.
  EXPECT_EQ(kernel.sent.size(), 8u);
  kernel.notify(1, 7);
  EXPECT_EQ(send(8, 1), 0u);  // The oldest is still open: its slot can't be named anew.
  kernel.notify(0, 0);
  EXPECT_EQ(send(8, 1), 1u);
}

TEST_F(DevmemTx, WaitsForRoomWhenTheBufferIsFull) {
  open();
  kernel.send_results = {-EINTR, -EAGAIN};
  EXPECT_EQ(send(0, 10), 0u);
  EXPECT_EQ(awaited_for_room(), POLLOUT);
  EXPECT_EQ(sender->counts().sends_in_flight, 0u);
}

TEST_F(DevmemTx, ReadsNotificationsWhenOptionMemoryRunsOut) {
  open();
  send(0, 1);
  send(1, 1);
  kernel.notify(0, 0);
  kernel.send_results = {-ENOBUFS};
  EXPECT_EQ(send(2, 1), 1u);  // Tried again once the first was read.
  kernel.send_results = {-ENOBUFS};
  EXPECT_EQ(send(3, 1), 0u);  // Nothing to read yet: wait for notifications, not for room.
  EXPECT_EQ(awaited_for_room(), 0);
}

TEST_F(DevmemTx, GivesUpOnOptionMemoryThatNothingWillFree) {
  open();
  kernel.send_results = {-ENOBUFS};
  const auto sent = sender->send({0, 1});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kExhausted);
  EXPECT_NE(sent.error().fix.find("optmem_max"), std::string::npos);
}

TEST_F(DevmemTx, NamesWhatTheKernelRefuses) {
  const std::pair<int, Code> cases[] = {{ENODEV, Code::kUnsupported},
                                        {EINVAL, Code::kUnsupported},
                                        {EPIPE, Code::kPeerClosed},
                                        {ECONNRESET, Code::kPeerClosed},
                                        {EFAULT, Code::kIo}};
  for (const auto& [error, code] : cases) {
    open();
    kernel.send_results = {-error};
    const auto sent = sender->send({0, 1});
    ASSERT_FALSE(sent) << error;
    EXPECT_EQ(sent.error().code, code) << error;
  }
}

TEST_F(DevmemTx, RefusesNotificationsThatCannotBe) {
  const std::pair<std::uint32_t, std::uint32_t> ranges[] = {
      {2, 2}, {0, 2}, {1, 0}, {0xffffffff, 0}, {0, 0xffffffff}, {0x80000000, 0x80000001}};
  for (const auto& [low, high] : ranges) {
    open();
    send(0, 1);
    send(1, 1);
    kernel.notify(low, high);
    const auto settled = sender->settle();
    ASSERT_FALSE(settled) << low << " to " << high;
    EXPECT_EQ(settled.error().code, Code::kProtocol);
  }
}

TEST_F(DevmemTx, RefusesARepeatedNotification) {
  open();
  send(0, 1);
  send(1, 1);
  kernel.notify(1, 1);
  kernel.notify(1, 1);
  EXPECT_FALSE(sender->settle());
}

TEST_F(DevmemTx, PassesOverMessagesOfOtherOrigins) {
  open();
  send(0, 1);
  sock_extended_err icmp{};
  icmp.ee_origin = SO_EE_ORIGIN_ICMP;
  kernel.error_queue.push_back(icmp);
  kernel.notify(0, 0);
  EXPECT_TRUE(*sender->settle());
}

TEST_F(DevmemTx, FindsABrokenConnectionBehindAnEmptyErrorQueue) {
  open();
  send(0, 1);
  kernel.so_error = ECONNRESET;
  const auto settled = sender->settle();
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().code, Code::kPeerClosed);
}

TEST_F(DevmemTx, AsksForTheConnectionsErrorOnlyWhereNothingElseExplainsThePoll) {
  open(8);
  for (std::uint64_t i = 0; i < 8; ++i)
    send(i, 1);
  kernel.notify(0, 3);
  EXPECT_FALSE(*sender->settle());
  kernel.send_results = {-EAGAIN};
  EXPECT_EQ(send(8, 1), 0u);
  EXPECT_EQ(kernel.pending_errors_asked, 0);
  EXPECT_FALSE(*sender->settle());
  EXPECT_EQ(kernel.pending_errors_asked, 1);
}

TEST_F(DevmemTx, RefusesAWindowThatIsNoPowerOfTwoAndASocketWithoutZerocopy) {
  EXPECT_FALSE(DevmemSender::open(kernel, {.dma_buf_id = 1, .max_sends_in_flight = 6}));
  EXPECT_FALSE(DevmemSender::open(kernel, {.dma_buf_id = 1, .max_sends_in_flight = 0}));
  kernel.zerocopy_error = -EOPNOTSUPP;
  EXPECT_FALSE(DevmemSender::open(kernel, {.dma_buf_id = 1}));
}

// Ids wrap, ranges come merged and in any order: the count is right at every step.
TEST(ZerocopyWindow, CountsAcrossTheWrapInAnyOrder) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const auto first = static_cast<std::uint32_t>(0u - random.below(40));
    ZerocopyWindow window(32, first);
    std::uint32_t next = first;
    std::vector<std::uint32_t> open;
    for (int step = 0; step < 400; ++step) {
      if (window.has_room() && random.chance(0.6)) {
        window.start();
        open.push_back(next++);
      } else if (!open.empty()) {
        const std::size_t at = random.below(open.size());
        std::size_t end = at + 1;
        while (end < open.size() && open[end] == open[end - 1] + 1 && random.chance(0.7))
          ++end;
        ASSERT_TRUE(window.finish(open[at], open[end - 1]));
        ASSERT_FALSE(window.finish(open[at], open[at]));  // Reported before.
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at),
                   open.begin() + static_cast<std::ptrdiff_t>(end));
      }
      ASSERT_EQ(window.in_flight(), open.size());
    }
  }
}

}  // namespace
}  // namespace nobounce::path
