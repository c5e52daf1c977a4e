// SPDX-License-Identifier: Apache-2.0
#include "path/send_zc_tx.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "fake_ring.h"

namespace nobounce::path {
namespace {

constexpr int kFd = 7;
constexpr int kStopFd = 99;
constexpr std::uint64_t kRegion = 1 << 20;

class SendZc : public testing::Test {
 protected:
  void open(std::uint32_t max_sends_in_flight = 8, bool is_registered = true) {
    sender = nullptr;
    auto owned = std::make_unique<FakeRing>();
    ring = owned.get();
    pump = *RingPump::open(std::move(owned), kStopFd);
    if (!is_registered) ring->buffers_error = ENOMEM;
    auto opened = SendZcSender::open(
        *pump, {.socket_fd = kFd, .region = region, .max_sends_in_flight = max_sends_in_flight});
    ASSERT_TRUE(opened) << to_string(opened.error());
    sender = std::move(*opened);
  }
  std::uint64_t send(std::uint64_t offset, std::uint64_t length) {
    const auto sent = sender->send({offset, length});
    EXPECT_TRUE(sent) << (sent ? "" : to_string(sent.error()));
    return sent.value_or(0);
  }
  Error failure() {
    const auto sent = sender->send({0, 1});
    EXPECT_FALSE(sent);
    return sent ? Error{} : sent.error();
  }
  [[nodiscard]] bool is_settled() {
    const auto settled = sender->settle();
    EXPECT_TRUE(settled);
    return settled.value_or(false);
  }

  std::vector<std::byte> region = std::vector<std::byte>(kRegion);
  FakeRing* ring = nullptr;
  std::unique_ptr<RingPump> pump;
  std::unique_ptr<SendZcSender> sender;
};

TEST_F(SendZc, SendsFromRegisteredMemoryAndAsksWhetherItWasCopied) {
  open();
  EXPECT_EQ(send(4096, 1000), 1000u);
  ASSERT_EQ(ring->sent.size(), 1u);
  EXPECT_EQ(ring->sent[0].opcode, IORING_OP_SEND_ZC);
  EXPECT_EQ(ring->sent[0].flags, IORING_RECVSEND_FIXED_BUF | IORING_SEND_ZC_REPORT_USAGE);
  EXPECT_EQ(ring->sent[0].address, reinterpret_cast<std::uintptr_t>(region.data() + 4096));
  EXPECT_EQ(sender->syscalls().of(sys::Syscall::kIoUringEnter), 1u);
  EXPECT_EQ(sender->counts().bytes, 1000u);
  EXPECT_EQ(sender->counts().sends_in_flight, 1u);
}

TEST_F(SendZc, IsSettledOnceEveryNotificationCameInAnyOrder) {
  open();
  for (int i = 0; i < 4; ++i)
    send(0, 100);
  EXPECT_FALSE(is_settled());
  ring->notify(2);
  ring->notify(0, true);
  ring->notify(1);
  EXPECT_FALSE(is_settled());
  EXPECT_EQ(sender->counts().sends_in_flight, 1u);
  ring->notify(0, true);
  EXPECT_TRUE(is_settled());
  EXPECT_EQ(sender->counts().sends_copied, 2u);
  EXPECT_EQ(sender->counts().sends_degraded, 0u);
}

TEST_F(SendZc, TakesShortSendsAsTheyCome) {
  open();
  ring->max_send = 300;
  EXPECT_EQ(send(0, 1000), 300u);
  EXPECT_EQ(send(300, 700), 300u);
  EXPECT_EQ(ring->sent[1].asked, 700u);
}

TEST_F(SendZc, WaitsForRoomInTheSocket) {
  open();
  ring->send_results = {-EAGAIN};
  EXPECT_EQ(send(0, 1000), 0u);
  EXPECT_EQ(sender->wait(Awaited::kRoom, 10).value(), Wake::kTimeout);
  ring->on_wait = [&] { ring->make_room(); };
  EXPECT_EQ(sender->wait(Awaited::kRoom, -1).value(), Wake::kReady);
  EXPECT_EQ(send(0, 1000), 1000u);
  EXPECT_EQ(sender->wait(Awaited::kRoom, -1).value(), Wake::kReady);  // There is some.
  EXPECT_EQ(sender->counts().sends_copied, 0u);  // What was not sent was not copied.
}

TEST_F(SendZc, HoldsBackMoreSendsThanAgreed) {
  open(2);
  EXPECT_EQ(send(0, 100), 100u);
  EXPECT_EQ(send(0, 100), 100u);
  EXPECT_EQ(send(0, 100), 0u);
  EXPECT_EQ(ring->sent.size(), 2u);
  EXPECT_EQ(sender->wait(Awaited::kRoom, 0).value(), Wake::kTimeout);
  ring->on_wait = [&] { ring->notify(1); };
  EXPECT_EQ(sender->wait(Awaited::kRoom, -1).value(), Wake::kReady);
  EXPECT_EQ(send(0, 100), 100u);
}

TEST_F(SendZc, MakesASendPlainThatFindsNoMemoryToLock) {
  open();
  ring->send_results = {-ENOMEM, 700, -ENOMEM, 300};
  EXPECT_EQ(send(0, 1000), 700u);
  EXPECT_EQ(send(700, 300), 300u);
  ASSERT_EQ(ring->sent.size(), 4u);
  EXPECT_EQ(ring->sent[1].opcode, IORING_OP_SEND);
  EXPECT_EQ(ring->sent[1].flags, 0u);
  EXPECT_EQ(ring->sent[3].address, reinterpret_cast<std::uintptr_t>(region.data() + 700));
  EXPECT_EQ(sender->counts().sends_degraded, 2u);
  EXPECT_EQ(sender->counts().bytes, 1000u);
  EXPECT_TRUE(is_settled());
}

TEST_F(SendZc, APlainSendMayFindNoRoomEither) {
  open(1);
  ring->send_results = {-ENOMEM, -EAGAIN};
  EXPECT_EQ(send(0, 1000), 0u);
  EXPECT_EQ(sender->counts().sends_degraded, 0u);
  EXPECT_EQ(send(0, 1000), 1000u);
}

TEST_F(SendZc, SendsWithoutRegisteredMemoryInPiecesThatCanBeLocked) {
  region.resize(4 << 20);
  open(8, false);
  ring->max_send = ~0u;
  EXPECT_FALSE(sender->has_fixed_buffers());
  EXPECT_EQ(send(0, 4 << 20), std::uint64_t{1} << 20);
  EXPECT_EQ(ring->sent[0].flags, IORING_SEND_ZC_REPORT_USAGE);
}

// Registered, such memory would be charged for whole huge pages, and fill the send buffer at once.
TEST_F(SendZc, LeavesHugePagesUnregistered) {
  open();
  const auto opened =
      SendZcSender::open(*pump, {.socket_fd = 8, .region = region, .is_on_huge_pages = true});
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_FALSE((*opened)->has_fixed_buffers());
}

TEST_F(SendZc, RefusesMemoryThatCanNotBePinned) {
  open();
  ring->buffers_error = EFAULT;
  const auto opened = SendZcSender::open(*pump, {.socket_fd = 8, .region = region});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kUnsupported);
  ring->buffers_error = EBUSY;  // The table of another sender.
  const auto beside = SendZcSender::open(*pump, {.socket_fd = 8, .region = region});
  ASSERT_TRUE(beside);
  EXPECT_FALSE((*beside)->has_fixed_buffers());
}

TEST_F(SendZc, TriesAgainAfterASignalOnly) {
  open();
  ring->send_results = {-EINTR, -EINTR, 500};
  EXPECT_EQ(send(0, 500), 500u);
  const std::pair<int, Code> cases[] = {{EPIPE, Code::kPeerClosed},
                                        {ECONNRESET, Code::kPeerClosed},
                                        {EOPNOTSUPP, Code::kUnsupported},
                                        {EINVAL, Code::kUnsupported},
                                        {EFAULT, Code::kUnsupported}};
  for (const auto& [error, code] : cases) {
    ring->send_results = {-error};
    EXPECT_EQ(failure().code, code) << error;
  }
}

TEST_F(SendZc, RefusesExtentsOutsideOfTheRegion) {
  open();
  for (const memory::Extent extent : {memory::Extent{0, 0},
                                      {kRegion, 1},
                                      {kRegion - 1, 2},
                                      {~std::uint64_t{0}, 2},
                                      {1, ~std::uint64_t{0}}}) {
    const auto sent = sender->send(extent);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Code::kInvalidArgument);
  }
  EXPECT_TRUE(ring->sent.empty());
}

TEST_F(SendZc, RefusesWhatTheKernelShouldNeverSay) {
  const auto tag = [&](std::uint64_t slot) { return pump->user_data(0, slot); };
  const std::pair<const char*, std::function<void()>> cases[] = {
      {"a notification of no send",
       [&] { ring->post({.user_data = tag(3), .flags = IORING_CQE_F_NOTIF}); }},
      {"a slot that is not there",
       [&] { ring->post({.user_data = tag(300), .flags = IORING_CQE_F_NOTIF}); }},
      {"a notification twice",
       [&] {
         ring->post({.user_data = ring->unnotified[0], .flags = IORING_CQE_F_NOTIF});
         ring->notify(0);
       }},
      {"a result twice", [&] { ring->post({.user_data = ring->unnotified[0], .result = 5}); }},
  };
  for (const auto& [name, trouble] : cases) {
    open();
    send(0, 100);
    trouble();
    const auto settled = sender->settle();
    ASSERT_FALSE(settled) << name;
    EXPECT_EQ(settled.error().code, Code::kProtocol) << name;
    EXPECT_FALSE(sender->send({0, 100})) << name;
  }
}

TEST_F(SendZc, DoesNotWaitForEverForAResult) {
  open();
  ring->loses_results = true;
  EXPECT_EQ(failure().code, Code::kProtocol);
}

TEST_F(SendZc, AStopEndsAWaitAndNotASend) {
  open();
  ring->readable.insert(kStopFd);
  EXPECT_EQ(send(0, 100), 100u);
  const auto waited = sender->wait(Awaited::kSettled, -1);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, Code::kInterrupted);
  EXPECT_EQ(send(0, 100), 100u);
  const auto room = sender->wait(Awaited::kRoom, 0);
  ASSERT_FALSE(room) << "also where there is room";
  EXPECT_EQ(room.error().code, Code::kInterrupted);
}

TEST_F(SendZc, LeavesNoPollBehind) {
  open();
  ring->send_results = {-EAGAIN};
  send(0, 100);
  ASSERT_TRUE(sender->wait(Awaited::kRoom, 0));
  EXPECT_EQ(ring->polls(), 2u);  // For the user's stop, and for room.
  sender = nullptr;
  EXPECT_EQ(ring->polls(), 1u);
}

TEST_F(SendZc, SendersOfOneRingShareItsMemoryAndNothingElse) {
  open();
  const auto buffers = FixedBuffers::open(*ring, region);
  auto second = SendZcSender::open(
      *pump, {.socket_fd = 8, .region = region, .buffers = &*buffers, .max_sends_in_flight = 4});
  ASSERT_TRUE(second);
  ASSERT_TRUE((*second)->send({0, 100}));
  send(0, 100);
  ring->notify(1);
  EXPECT_TRUE(is_settled());
  EXPECT_FALSE((*second)->settle().value());
  // What comes for one that has gone is nobody's business.
  *second = nullptr;
  ring->notify(0);
  EXPECT_TRUE(is_settled());
}

TEST_F(SendZc, RefusesOptionsThatCanNeverWork) {
  open();
  const FixedBuffers buffers = *FixedBuffers::open(*ring, region);
  const auto code = [&](auto change) {
    SendZcOptions options{.socket_fd = kFd, .region = region, .buffers = &buffers};
    change(options);
    const auto opened = SendZcSender::open(*pump, options);
    return opened ? Code::kIo : opened.error().code;
  };
  EXPECT_EQ(code([](auto&) {}), Code::kIo);
  EXPECT_EQ(code([](auto& o) { o.socket_fd = -1; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.region = {}; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.region = o.region.first(4096); }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.max_sends_in_flight = 0; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.max_sends_in_flight = 32769; }), Code::kInvalidArgument);
}

TEST_F(SendZc, NamesWhyMemoryCanNotBeRegistered) {
  open();
  const std::pair<int, Code> cases[] = {{ENOMEM, Code::kExhausted},
                                        {EFAULT, Code::kUnsupported},
                                        {EOPNOTSUPP, Code::kUnsupported},
                                        {EBUSY, Code::kBusy}};
  for (const auto& [error, code] : cases) {
    ring->buffers_error = error;
    const auto opened = FixedBuffers::open(*ring, region);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, code) << error;
  }
  EXPECT_FALSE(FixedBuffers::open(*ring, {}));
}

TEST_F(SendZc, CutsMemoryIntoBuffersThatTheKernelTakes) {
  open();
  // Never touched: only its addresses count.
  const std::span large(region.data(), (std::size_t{5} << 29) + 4096);
  const auto three = FixedBuffers::open(*ring, large);
  ASSERT_TRUE(three);
  EXPECT_EQ(ring->buffers, 3u);
  const std::uint64_t gib = FixedBuffers::kMaxBufferBytes;
  EXPECT_EQ(three->front_of({gib - 10, 100}).length, 10u);
  EXPECT_EQ(three->front_of({gib - 10, 100}).buffer, 0u);
  EXPECT_EQ(three->front_of({gib, 100}).length, 100u);
  EXPECT_EQ(three->front_of({2 * gib + 5, 100}).buffer, 2u);
  EXPECT_EQ(three->front_of({2 * gib + 5, 100}).start, large.data() + 2 * gib + 5);
}

// A socket and a NIC at random; what the kernel still reads stays as it is until it is settled.
TEST_F(SendZc, LosesNothingWhateverTheKernelDoes) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    open(static_cast<std::uint32_t>(1 + random.below(8)), random.below(4) != 0);
    const std::uint64_t size = 1 + random.below(kRegion);
    std::uint64_t position = 0;
    std::uint64_t copied = 0;
    ring->on_wait = [&] {
      if (!ring->unnotified.empty() && random.below(2) == 0) {
        ring->notify(random.below(ring->unnotified.size()));
      } else {
        ring->make_room();
      }
    };
    const auto settle_some = [&] {
      while (!ring->unnotified.empty() && random.below(3) != 0) {
        const bool was_copied = random.below(4) == 0;
        copied += was_copied ? 1 : 0;
        ring->notify(random.below(ring->unnotified.size()), was_copied);
      }
    };
    while (position < size) {
      const int results[] = {-EAGAIN, -EINTR, -ENOMEM, 1, 100, 4096, 70000};
      ring->send_results = {results[random.below(7)]};
      ring->has_room = false;
      const std::uint64_t taken = send(position, 1 + random.below(size - position));
      position += taken;
      if (taken == 0) {
        ASSERT_TRUE(sender->wait(Awaited::kRoom, 1));
      }
      settle_some();
    }
    while (!is_settled()) {
      settle_some();
      ASSERT_TRUE(sender->wait(Awaited::kSettled, 1));
    }
    // What was taken is the stream, each byte once and in order.
    std::uint64_t expected = reinterpret_cast<std::uintptr_t>(region.data());
    std::uint64_t degraded = 0;
    for (const auto& one : ring->sent) {
      if (one.result <= 0) continue;
      EXPECT_EQ(one.address, expected);
      expected += static_cast<std::uint64_t>(one.result);
      degraded += one.opcode == IORING_OP_SEND ? 1 : 0;
    }
    EXPECT_EQ(expected - reinterpret_cast<std::uintptr_t>(region.data()), size);
    EXPECT_EQ(sender->counts().bytes, size);
    EXPECT_EQ(sender->counts().sends_degraded, degraded);
    EXPECT_EQ(sender->counts().sends_copied, copied);
    EXPECT_EQ(sender->counts().sends_in_flight, 0u);
  }
}

}  // namespace
}  // namespace nobounce::path
