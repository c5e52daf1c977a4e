// SPDX-License-Identifier: Apache-2.0
// The ring of this machine's kernel; where that has none, or forbids it, these tests say so.
#include "sys/io_uring.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "sys/fd.h"

namespace nobounce::sys {
namespace {

class IoUring : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    auto opened =
        open_io_uring({.submissions = 4, .completions = 16, .wide_completions = GetParam()});
    if (!opened) GTEST_SKIP() << to_string(opened.error());
    ring = std::move(*opened);
  }
  void add_nop(std::uint64_t user_data) {
    io_uring_sqe* const entry = ring->next_submission();
    ASSERT_NE(entry, nullptr);
    entry->opcode = IORING_OP_NOP;
    entry->user_data = user_data;
  }
  [[nodiscard]] std::uint64_t enters() const { return ring->syscalls().of(Syscall::kIoUringEnter); }

  /// As many as there are, but no more than fit; returns how many.
  std::size_t take(std::span<RingCompletion> into) {
    std::size_t taken = 0;
    while (taken < into.size() && !ring->ready().empty()) {
      into[taken++] = ring->ready()[0];
      ring->consume(1);
    }
    return taken;
  }

  std::unique_ptr<Ring> ring;
};

TEST_P(IoUring, CompletesWhatIsSubmittedInOneCall) {
  EXPECT_FALSE(ring->has_work());
  for (std::uint64_t i = 1; i <= 4; ++i)
    add_nop(i);
  EXPECT_EQ(ring->next_submission(), nullptr);
  EXPECT_TRUE(ring->has_work());
  ASSERT_EQ(ring->submit(), 0);
  EXPECT_FALSE(ring->has_work());
  std::array<RingCompletion, 3> some;
  ASSERT_EQ(take(some), 3u);
  EXPECT_EQ(some[0].user_data, 1u);
  EXPECT_EQ(some[2].user_data, 3u);
  ASSERT_EQ(take(some), 1u);
  EXPECT_EQ(some[0].user_data, 4u);
  EXPECT_EQ(some[0].result, 0);
  EXPECT_EQ(take(some), 0u);
  EXPECT_EQ(enters(), 1u);
  EXPECT_EQ(ring->dropped_completions(), 0u);
}

TEST_P(IoUring, ShowsCompletionsInPlaceUpToWhereTheRingBeginsAnew) {
  std::uint64_t next = 0;
  std::uint64_t seen = 0;
  std::size_t runs = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 3; ++i)
      add_nop(next++);
    ASSERT_EQ(ring->submit_and_wait(-1), 0);
    for (CompletionRun run = ring->ready(); !run.empty(); run = ring->ready(), ++runs) {
      for (std::size_t i = 0; i < run.size(); ++i)
        EXPECT_EQ(run[i].user_data, seen++);
      ring->consume(run.size());
    }
    EXPECT_EQ(seen, next);
  }
  EXPECT_GT(runs, 50u);  // At times in two pieces.
}

TEST_P(IoUring, GoesRoundItsRings) {
  std::array<RingCompletion, 16> some;
  std::uint64_t next = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 3; ++i)
      add_nop(next + static_cast<std::uint64_t>(i));
    ASSERT_EQ(ring->submit_and_wait(-1), 0);
    ASSERT_EQ(take(some), 3u);
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(some[static_cast<std::size_t>(i)].user_data, next++);
  }
}

TEST_P(IoUring, WaitsForAnEventAndNoLongerThanAsked) {
  EXPECT_EQ(ring->submit_and_wait(0), -ETIME);
  EXPECT_EQ(ring->submit_and_wait(1), -ETIME);
  const Fd event(::eventfd(0, EFD_CLOEXEC));
  io_uring_sqe* const poll = ring->next_submission();
  poll->opcode = IORING_OP_POLL_ADD;
  poll->fd = event.get();
  poll->poll32_events = POLLIN;
  poll->user_data = 9;
  EXPECT_EQ(ring->submit_and_wait(1), -ETIME);
  ASSERT_EQ(::eventfd_write(event.get(), 1), 0);
  ASSERT_EQ(ring->submit_and_wait(-1), 0);
  std::array<RingCompletion, 4> some;
  ASSERT_EQ(take(some), 1u);
  EXPECT_EQ(some[0].user_data, 9u);
  EXPECT_EQ(some[0].result, POLLIN);
}

TEST_P(IoUring, GoesOnWaitingAfterASignal) {
  struct sigaction count{};
  static volatile sig_atomic_t signals;
  signals = 0;
  count.sa_handler = [](int) { signals = signals + 1; };
  struct sigaction before;
  ASSERT_EQ(::sigaction(SIGALRM, &count, &before), 0);
  const itimerval each_ms{.it_interval = {.tv_sec = 0, .tv_usec = 1000},
                          .it_value = {.tv_sec = 0, .tv_usec = 1000}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &each_ms, nullptr), 0);
  while (signals < 5)
    EXPECT_EQ(ring->submit_and_wait(2), -ETIME);
  add_nop(1);
  EXPECT_EQ(ring->submit_and_wait(-1), 0);
  const itimerval never{};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &never, nullptr), 0);
  ASSERT_EQ(::sigaction(SIGALRM, &before, nullptr), 0);
}

TEST_P(IoUring, PassesOnWhatAnEntryIsToldWrong) {
  io_uring_sqe* const entry = ring->next_submission();
  entry->opcode = 0xff;
  entry->user_data = 3;
  add_nop(4);  // Goes its way all the same.
  ASSERT_EQ(ring->submit(), 0);
  std::array<RingCompletion, 4> some;
  ASSERT_EQ(take(some), 2u);
  EXPECT_EQ(some[0].result, -EINVAL);
  EXPECT_EQ(some[1].user_data, 4u);
  EXPECT_EQ(ring->register_with(0x7fff, nullptr, 0), -EINVAL);
}

INSTANTIATE_TEST_SUITE_P(Completions, IoUring, testing::Bool(), [](const auto& which) {
  return std::string(which.param ? "Wide" : "Short");
});

TEST(IoUringOptions, MustBePowersOfTwo) {
  for (const IoUringOptions& options :
       {IoUringOptions{.submissions = 3}, {.completions = 100}, {.completions = 131072}}) {
    const auto opened = open_io_uring(options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace nobounce::sys
