// SPDX-License-Identifier: Apache-2.0
// The loops of receiver and sender over the fake kernel: rounds on path devmem, starvation, drains.
#include <gtest/gtest.h>

#include <cerrno>
#include <utility>

#include "memory/host_memory.h"
#include "path/devmem_rx.h"
#include "path/devmem_tx.h"
#include "path/wake.h"
#include "sys/steady_clock.h"
#include "transfer/receive_rounds.h"
#include "transfer/send_rounds.h"
#include "unit/path/fake_kernel.h"

namespace nobounce::transfer {
namespace {

class Rounds : public testing::Test {
 protected:
  Result<std::uint64_t> receive(std::uint32_t max_held_frags,
                                std::optional<std::uint64_t> bytes = std::nullopt) {
    receiver = *path::DevmemReceiver::open(kernel,
                                           {.bindings = {{.dma_buf_id = 7, .region_size = 1 << 20}},
                                            .max_held_frags = max_held_frags});
    return receive_in_rounds({.receiver = *receiver,
                              .interval = interval,
                              .consume = [this](std::span<const path::Frag> frags) -> Status {
                                consumed.push_back(frags.size());
                                most_held = std::max(most_held, kernel.tokens.size());
                                if (consume_fails) return fail(error_from_errno(28, "write", "f"));
                                return {};
                              },
                              .bytes = bytes,
                              .timeout_ms = 10,
                              .on_progress = {}});
  }

  sys::SteadyClock clock;
  std::unique_ptr<memory::Region> memory = *memory::open_host_memory(4096);
  Interval interval{clock, *memory};
  path::FakeKernel kernel;
  std::unique_ptr<path::DevmemReceiver> receiver;
  std::vector<std::size_t> consumed;
  std::size_t most_held = 0;
  bool consume_fails = false;
};

TEST_F(Rounds, ReceiveAsksForNoMoreThanItIsTold) {
  kernel.on_wait = [](short) { return POLLIN; };
  kernel.has_ended = true;
  for (std::uint64_t i = 0; i < 5; ++i)
    kernel.queue.push_back({i * 4096, 4096});
  receiver = *path::DevmemReceiver::open(
      kernel, {.bindings = {{.dma_buf_id = 7, .region_size = 1 << 20}}, .max_held_frags = 64});
  Distribution frags;
  ASSERT_TRUE(receive_in_rounds({.receiver = *receiver,
                                 .interval = interval,
                                 .consume = {},
                                 .bytes = {},
                                 .receive_bytes = 8192,
                                 .timeout_ms = 10,
                                 .on_progress = {},
                                 .frags_per_receive = &frags}));
  EXPECT_EQ(frags.count(), 3u);  // 2, 2 and 1.
  EXPECT_EQ(frags.max(), 2u);
}

TEST_F(Rounds, AreBoundedByNiovsNotByBytes) {
  kernel.on_wait = [](short) { return POLLIN; };
  kernel.has_ended = true;
  for (std::uint64_t i = 0; i < 25; ++i)
    kernel.queue.push_back({i * 4096, 100});  // Short segments: a niov each.
  ASSERT_EQ(receive(10).value_or(0), 3u);
  EXPECT_EQ(consumed, (std::vector<std::size_t>{10, 10, 5}));
  EXPECT_EQ(most_held, 10u);
  EXPECT_TRUE(kernel.tokens.empty());
  EXPECT_EQ(receiver->counts().tokens_outstanding, 0u);
}

// The NIC may be silent because this round holds its buffers: then the round ends, and only a
// silence with nothing held is a time-out.
TEST_F(Rounds, GiveBuffersBackWhenNothingComes) {
  kernel.queue = {{0, 4096}};
  int waits = 0;
  kernel.on_wait = [&](short) {
    ++waits;
    EXPECT_EQ(kernel.tokens.size(), waits == 2 || waits == 4 ? 1u : 0u) << waits;
    if (waits == 3) kernel.queue.push_back({4096, 4096});
    return waits == 1 || waits == 3 ? POLLIN : 0;
  };
  const auto rounds = receive(10);
  ASSERT_FALSE(rounds);
  EXPECT_EQ(rounds.error().code, Code::kTimeout);
  EXPECT_EQ(consumed.size(), 2u);
  EXPECT_EQ(waits, 5);
}

TEST_F(Rounds, GiveEverythingBackWhateverGoesWrong) {
  const auto reset = [this] { kernel.receive_errors = {ECONNRESET}; };
  const auto end = [this] { kernel.has_ended = true; };
  const std::tuple<std::function<void()>, Code> cases[] = {
      {reset, Code::kPeerClosed}, {end, Code::kPeerClosed}, {[] {}, Code::kInterrupted}};
  for (const auto& [trouble, code] : cases) {
    kernel.has_ended = false;
    kernel.queue = {{0, 4096}, {4096, 4096}};
    int waits = 0;
    kernel.on_wait = [&, act = trouble, wanted = code](short) {
      if (++waits > 1) act();
      return waits > 1 && wanted == Code::kInterrupted ? -ECANCELED : POLLIN;
    };
    const auto rounds = receive(10, 100'000);
    ASSERT_FALSE(rounds);
    EXPECT_EQ(rounds.error().code, code);
    EXPECT_TRUE(kernel.tokens.empty());
  }
  consume_fails = true;
  kernel.queue = {{0, 4096}};
  kernel.on_wait = [](short) { return POLLIN; };
  kernel.has_ended = true;
  EXPECT_EQ(receive(10).error().code, Code::kExhausted);
  EXPECT_TRUE(kernel.tokens.empty());
}

TEST_F(Rounds, EndAtTheWantedBytesWithoutReadingMore) {
  kernel.on_wait = [](short) { return POLLIN; };
  kernel.queue = {{0, 4096}, {4096, 4096}};
  ASSERT_TRUE(receive(10, 5000));
  EXPECT_EQ(receiver->counts().bytes, 5000u);
  ASSERT_EQ(kernel.queue.size(), 1u);
  EXPECT_EQ(kernel.queue[0].length, 3192u);
}

// Where nobody wants the frags none is held, however many come.
TEST(ReceiveRounds, GiveEveryBatchBackAtOnceWhereNothingConsumes) {
  path::FakeKernel kernel;
  kernel.on_wait = [](short) { return POLLIN; };
  kernel.has_ended = true;
  for (std::uint64_t i = 0; i < 25; ++i)
    kernel.queue.push_back({i * 4096, 4096});
  const sys::SteadyClock clock;
  const auto memory = *memory::open_host_memory(4096);
  Interval interval(clock, *memory);
  Distribution frags_per_receive;
  const auto receiver = *path::DevmemReceiver::open(
      kernel, {.bindings = {{.dma_buf_id = 7, .region_size = 1 << 20}}, .max_held_frags = 4});
  const auto rounds = receive_in_rounds({.receiver = *receiver,
                                         .interval = interval,
                                         .consume = {},
                                         .bytes = std::nullopt,
                                         .timeout_ms = 10,
                                         .on_progress = {},
                                         .frags_per_receive = &frags_per_receive});
  EXPECT_EQ(rounds.value_or(0), 1u);
  EXPECT_EQ(receiver->counts().frags, 25u);
  EXPECT_EQ(frags_per_receive.sum(), 25u);
  EXPECT_GE(frags_per_receive.count(), 7u) << "at most 4 are held";
  EXPECT_GE(frags_per_receive.min(), 1u) << "receives that brought nothing do not count";
  EXPECT_EQ(frags_per_receive.max(), 4u);
  EXPECT_TRUE(kernel.tokens.empty());
}

// A stream that never pauses: whoever takes it never has to wait. The user wants it to end.
class NeverPausingReceiver final : public path::Receiver {
 public:
  Result<path::Received> receive(std::uint64_t max_bytes) override {
    frag_.length = std::min<std::uint64_t>(max_bytes, 1 << 20);
    counts_.bytes += frag_.length;
    return path::Received{.outcome = path::ReceiveOutcome::kData,
                          .batch = path::FragBatch(*this, {}, std::span(&frag_, 1), frag_.length)};
  }
  Result<path::Wake> wait(int) override {
    return path::wake_of(std::exchange(has_begun_, true) ? -ECANCELED : 1);
  }
  [[nodiscard]] const path::ReceiveCounts& counts() const override { return counts_; }
  Status give_back(path::FragRange) override { return {}; }

 private:
  path::Frag frag_;
  bool has_begun_ = false;
  path::ReceiveCounts counts_;
};

class NeverPausingSender final : public path::Sender {
 public:
  Result<std::uint64_t> send(memory::Extent extent) override {
    const auto sent = std::min<std::uint64_t>(extent.length, 1 << 20);
    counts_.bytes += sent;
    return sent;
  }
  Result<bool> settle() override { return true; }
  Result<path::Wake> wait(path::Awaited, int) override { return path::wake_of(-ECANCELED); }
  [[nodiscard]] const path::SendCounts& counts() const override { return counts_; }

 private:
  path::SendCounts counts_;
};

constexpr std::uint64_t kLongStream = std::uint64_t{1} << 30;

TEST(ReceiveRounds, EndWhenTheUserAsksThoughTheStreamNeverPauses) {
  NeverPausingReceiver receiver;
  const sys::SteadyClock clock;
  const auto memory = *memory::open_host_memory(4096);
  Interval interval(clock, *memory);
  const auto rounds = receive_in_rounds({.receiver = receiver,
                                         .interval = interval,
                                         .consume = {},
                                         .bytes = kLongStream,
                                         .timeout_ms = -1,
                                         .on_progress = {}});
  ASSERT_FALSE(rounds);
  EXPECT_EQ(rounds.error().code, Code::kInterrupted);
  EXPECT_LT(receiver.counts().bytes, kLongStream / 8);
}

// However small the region is that is sent again and again.
TEST(SendRounds, EndWhenTheUserAsksThoughTheKernelTakesEverything) {
  NeverPausingSender sender;
  const SendRound round{.sender = sender, .timeout_ms = -1, .on_progress = {}};
  Status sent;
  while (sent && sender.counts().bytes < kLongStream)
    sent = send_all(round, {.offset = 0, .length = 1 << 20});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kInterrupted);
  EXPECT_LT(sender.counts().bytes, kLongStream / 8);
}

// Every send is reported as done sometime, in ranges, while the buffer fills up now and then.
TEST(SendRounds, SendsAllInOrderAndDrains) {
  path::FakeKernel kernel;
  const auto sender =
      *path::DevmemSender::open(kernel, {.dma_buf_id = 9, .max_sends_in_flight = 4});
  kernel.max_send = 700;
  std::uint32_t reported = 0;
  kernel.on_wait = [&](short) {
    const auto started = static_cast<std::uint32_t>(kernel.sent.size());
    if (reported == started) return static_cast<int>(POLLOUT);
    kernel.notify(reported, started - 1);
    reported = started;
    return static_cast<int>(POLLERR);
  };
  const SendRound round{.sender = *sender, .timeout_ms = -1, .on_progress = {}};
  kernel.send_results = {1, -EAGAIN, 1, -EAGAIN};
  ASSERT_TRUE(send_all(round, {.offset = 4096, .length = 10'000}));
  ASSERT_TRUE(drain(round));
  EXPECT_EQ(kernel.pending_errors_asked, 0);  // Every poll had its notifications.
  std::uint64_t next = 4096;
  for (const auto& sent : kernel.sent) {
    EXPECT_EQ(sent.offset, next);
    next += sent.length;
  }
  EXPECT_EQ(next, 4096u + 10'000);
  EXPECT_EQ(sender->counts().sends_in_flight, 0u);
}

TEST(SendRounds, ALostNotificationIsATimeoutThatSaysSo) {
  path::FakeKernel kernel;
  const auto sender = *path::DevmemSender::open(kernel, {.dma_buf_id = 9});
  const SendRound round{.sender = *sender, .timeout_ms = 10, .on_progress = {}};
  ASSERT_TRUE(send_all(round, {.offset = 0, .length = 1}));
  const Status drained = drain(round);
  ASSERT_FALSE(drained);
  EXPECT_EQ(drained.error().code, Code::kTimeout);
  EXPECT_NE(drained.error().cause.find("1 sends are not finished"), std::string::npos);
}

}  // namespace
}  // namespace nobounce::transfer
