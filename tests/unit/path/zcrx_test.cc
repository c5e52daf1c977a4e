// SPDX-License-Identifier: Apache-2.0
#include "path/zcrx_rx.h"

#include <gtest/gtest.h>

#include "zcrx_fixture.h"

namespace nobounce::path {
namespace {

TEST_F(Zcrx, YieldsFragsInOrderAndGivesThemBackWithoutASystemCall) {
  open();
  ring->deliver(kFd, 4096);
  ring->deliver(kFd, 1000, 3);
  {
    const Received received = receive();
    ASSERT_EQ(received.outcome, ReceiveOutcome::kData);
    ASSERT_EQ(received.batch.frags().size(), 4u);
    EXPECT_EQ(received.batch.bytes(), 7096u);
    EXPECT_TRUE(holds(received.batch.frags(), kFd, 0));
    EXPECT_EQ(receiver->counts().tokens_outstanding, 4u);
    EXPECT_EQ(ring->refill_waiting(), 0u);
  }
  EXPECT_EQ(ring->refill_waiting(), 4u);
  EXPECT_EQ(ring->flushes, 0);
  EXPECT_EQ(queue->syscalls().of(sys::Syscall::kIoUringEnter), 2u);  // Asked, and deferred work.
  ring->consume_refill();
  EXPECT_EQ(ring->niovs_in_use(), 0u);
  EXPECT_EQ(receiver->counts().bytes, 7096u);
  EXPECT_EQ(receiver->counts().frags, 4u);
  EXPECT_EQ(receiver->counts().tokens_outstanding, 0u);
}

TEST_F(Zcrx, TellsHowManyNiovsWaitInTheRefillRing) {
  open();
  EXPECT_EQ(receiver->refill_depth()->count(), 0u);
  // The NIC takes what waits as it needs niovs for packets.
  for (const std::uint32_t frags : {1U, 3U, 2U}) {
    ring->deliver(kFd, 1000, frags);
    ASSERT_TRUE(receive().batch.give_back());
  }
  EXPECT_EQ(receiver->refill_depth()->count(), 3u);
  EXPECT_EQ(receiver->refill_depth()->min(), 1u);
  EXPECT_EQ(receiver->refill_depth()->max(), 3u);
  EXPECT_EQ(receiver->refill_depth()->sum(), 1u + 3u + 2u);
}

TEST_F(Zcrx, EntersTheKernelOnlyForAReason) {
  open();
  const auto entered = queue->syscalls().of(sys::Syscall::kIoUringEnter);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(queue->syscalls().of(sys::Syscall::kIoUringEnter), entered);
}

TEST_F(Zcrx, CutsAFragWhereTheCallerWantsNoMore) {
  open();
  ring->deliver(kFd, 4096);
  Received first = receive(1000);
  Received second = receive(3000);
  EXPECT_EQ(first.batch.bytes(), 1000u);
  EXPECT_EQ(second.batch.bytes(), 3000u);
  Received third = receive();
  EXPECT_EQ(third.batch.bytes(), 96u);
  // The niov stays until all that was cut from it is back, in whichever order that comes.
  ASSERT_TRUE(third.batch.give_back());
  ASSERT_TRUE(second.batch.give_back());
  EXPECT_EQ(ring->refill_waiting(), 0u);
  EXPECT_TRUE(holds(first.batch.frags(), kFd, 0));
  ASSERT_TRUE(first.batch.give_back());
  EXPECT_EQ(ring->refill_waiting(), 1u);
  ring->consume_refill();
  EXPECT_EQ(ring->niovs_in_use(), 0u);
}

TEST_F(Zcrx, StopsAtTheFragsThatItMayHold) {
  open({}, 4);
  for (int i = 0; i < 6; ++i)
    ring->deliver(kFd, 100);
  Received first = receive(300);
  Received second = receive();
  EXPECT_EQ(second.batch.frags().size(), 1u);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kFull);
  first.batch.append(std::move(second.batch));
  ASSERT_TRUE(first.batch.give_back());
  const Received rest = receive();
  EXPECT_EQ(rest.batch.frags().size(), 2u);
  EXPECT_TRUE(holds(rest.batch.frags(), kFd, 400));
}

TEST_F(Zcrx, TellsDataEndAndWouldBlockApart) {
  open();
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  ring->deliver(kFd, 10);
  ring->end(kFd);
  EXPECT_EQ(receive().batch.bytes(), 10u);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kEndOfStream);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kEndOfStream);
  EXPECT_EQ(receiver->wait(0).value(), Wake::kReady);  // It has something to say.
}

TEST_F(Zcrx, HandsOutWhatCameBeforeAReset) {
  open();
  ring->deliver(kFd, 10);
  ring->end(kFd, ECONNRESET);
  EXPECT_EQ(receive().batch.bytes(), 10u);
  EXPECT_EQ(failure().code, Code::kPeerClosed);
  EXPECT_EQ(failure().code, Code::kPeerClosed);
}

TEST_F(Zcrx, NamesWhatEndsAReceive) {
  const std::pair<int, Code> cases[] = {{EFAULT, Code::kUnsupported},
                                        {ECONNRESET, Code::kPeerClosed},
                                        {ETIMEDOUT, Code::kTimeout},
                                        {ENOTCONN, Code::kPeerClosed}};
  for (const auto& [error, code] : cases) {
    receiver = nullptr;
    queue = nullptr;
    open();
    ring->end_request(kFd, -error);
    EXPECT_EQ(failure().code, code) << error;
  }
}

TEST_F(Zcrx, AsksAgainWhenARequestEndsForNoLastingReason) {
  open();
  for (const int error : {EINTR, EAGAIN, ENOBUFS, ENOSPC}) {
    ring->deliver(kFd, 100);
    Received received = receive();
    EXPECT_EQ(received.batch.bytes(), 100u) << error;
    ring->end_request(kFd, -error);
    ASSERT_TRUE(received.batch.give_back());
    EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock) << error;
    ASSERT_TRUE(receiver->wait(0));
    EXPECT_EQ(ring->requests_under_way(), 1u) << error;
  }
}

TEST_F(Zcrx, CountsRequestsThatFoundNoRoomAndLosesNothing) {
  open({.completions = 4});
  for (int i = 0; i < 10; ++i)
    ring->deliver(kFd, 4096);
  std::uint64_t position = 0;
  while (position < 10 * kPage) {
    const Received received = receive();
    ASSERT_NE(received.outcome, ReceiveOutcome::kEndOfStream);
    EXPECT_TRUE(holds(received.batch.frags(), kFd, position));
    position += received.batch.bytes();
  }
  EXPECT_EQ(receiver->counts().cq_overflows, 2u);
}

TEST_F(Zcrx, ReportsCompletionsThatTheKernelDropped) {
  open();
  ring->deliver(kFd, 10);
  ring->dropped = 3;
  EXPECT_EQ(receive().batch.bytes(), 10u);
  EXPECT_EQ(receiver->counts().cq_overflows, 3u);
  EXPECT_EQ(failure().code, Code::kExhausted);
}

TEST_F(Zcrx, RefusesFragsOutsideOfTheArea) {
  const std::uint64_t size = 16 * kPage;
  const std::pair<const char*, std::function<void(sys::RingCompletion&)>> cases[] = {
      {"past the end", [&](auto& c) { c.extra = FakeRing::kAreaToken | (size - 100); }},
      {"at the end", [&](auto& c) { c.extra = FakeRing::kAreaToken | size; }},
      {"another area", [&](auto& c) { c.extra -= std::uint64_t{1} << uapi::kZcrxAreaShift; }},
      {"no area", [&](auto& c) { c.extra = ~std::uint64_t{0}; }},
      {"over two niovs", [&](auto& c) { c.extra += 4000; }},
      {"empty", [&](auto& c) { c.result = 0; }},
      {"negative", [&](auto& c) { c.result = -5; }},
      {"huge", [&](auto& c) { c.result = 0x7fffffff; }},
      {"an end with bytes", [&](auto& c) { c.flags = 0; }},
  };
  for (const auto& [name, tamper] : cases) {
    receiver = nullptr;
    queue = nullptr;
    open();
    ring->deliver(kFd, 200);
    ring->deliver(kFd, 200);
    EXPECT_EQ(receive().batch.bytes(), 400u) << name;
    ring->tamper = tamper;
    ring->deliver(kFd, 200);
    EXPECT_EQ(failure().code, Code::kProtocol) << name;
    ring->tamper = nullptr;
  }
}

TEST_F(Zcrx, PassesOverCompletionsThatAreForNobody) {
  open();
  const std::uint64_t known = pump->user_data(0, 0);
  for (const std::uint64_t user_data :
       {std::uint64_t{0x3f} << 56, std::uint64_t{0xfe} << 56, known | std::uint64_t{9} << 48,
        known | 2, known | 0xffff, known | std::uint64_t{1} << 16,
        known | std::uint64_t{0x77} << 32}) {
    ring->post({.user_data = user_data, .result = 100, .flags = IORING_CQE_F_MORE});
  }
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
}

TEST_F(Zcrx, CopiesNeedNoticeAndRoomInTheArea) {
  open({.niovs = 8});
  ring->deliver_linear(kFd, 60);
  ring->deliver(kFd, 4096);
  Received received = receive();
  EXPECT_TRUE(holds(received.batch.frags(), kFd, 0));
  EXPECT_EQ(receiver->counts().kernel_copied_bytes.value(), 60u);
  EXPECT_EQ(queue->statistics().copies.value(), 1u);
  ASSERT_TRUE(received.batch.give_back());

  // All niovs wait in the refill ring, where a copy can't get at them: they are flushed out of it.
  for (int i = 0; i < 8; ++i)
    ring->deliver(kFd, 4096);
  received = receive();
  ring->deliver_linear(kFd, 70);
  ring->deliver_linear(kFd, 80);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);  // Asked once more.
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kFull);
  ASSERT_TRUE(received.batch.give_back());
  while (true) {
    received = receive();
    if (received.outcome != ReceiveOutcome::kWouldBlock) break;
    ASSERT_TRUE(receiver->wait(0));
  }
  EXPECT_EQ(received.batch.bytes(), 150u);
  EXPECT_EQ(ring->flushes, 1);
}

TEST_F(Zcrx, SaysSoWhenTheAreaIsTooSmallForACopy) {
  open({.niovs = 2});
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(ring->deliver(8, 4096));  // Nobody has asked for that.
  ring->deliver_linear(kFd, 100);
  {
    const auto other = connect(9);
    EXPECT_EQ(receive().outcome, ReceiveOutcome::kFull);
  }
  EXPECT_EQ(failure().code, Code::kExhausted);
}

TEST_F(Zcrx, SaysSoWhenBytesMissADmaBuf) {
  open({.is_dma_buf = true});
  EXPECT_EQ(receiver->counts().kernel_copied_bytes.value(), 0u);
  ring->end_request(kFd, -ENOMEM);
  const Error error = failure();
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_NE(error.fix.find("header split"), std::string::npos);
}

TEST_F(Zcrx, ServesConnectionsOfOneRingWithoutMixingThem) {
  open();
  const auto other = connect(8);
  ring->deliver(8, 100);
  ring->deliver(kFd, 200);
  ring->deliver(8, 300);
  EXPECT_EQ(receive().batch.bytes(), 200u);
  const Received received = receive(*other);
  EXPECT_EQ(received.batch.bytes(), 400u);
  EXPECT_TRUE(holds(received.batch.frags(), 8, 0));
}

// Whatever is received from last takes completions off the ring for all.
TEST_F(Zcrx, AWaitTellsWhatCameWhileAnotherConnectionWasReceivedFrom) {
  open();
  const auto other = connect(8);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  ring->deliver(kFd, 100);
  EXPECT_EQ(receive(*other).outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(other->wait(10).value(), Wake::kReady);
  EXPECT_EQ(receive().batch.bytes(), 100u);
  EXPECT_EQ(other->wait(10).value(), Wake::kTimeout);
}

TEST_F(Zcrx, AConnectionThatLeavesTakesNothingWithIt) {
  open({.niovs = 4, .max_connections = 1});
  for (int cycle = 0; cycle < 100; ++cycle) {
    ring->deliver(kFd, 1000, 2);
    EXPECT_EQ(receive(1500).batch.bytes(), 1500u);
    ring->deliver(kFd, 4096);  // Comes while it leaves.
    receiver = nullptr;
    EXPECT_EQ(ring->requests_under_way(), 0u);
    ring->close(kFd);
    receiver = connect(kFd);
  }
  receiver = nullptr;
  ring->consume_refill();
  EXPECT_EQ(ring->niovs_in_use(), 0u);
}

TEST_F(Zcrx, WaitsUntilSomethingComesOrTheUserHasEnough) {
  open();
  EXPECT_EQ(receiver->wait(10).value(), Wake::kTimeout);
  ring->on_wait = [&] { ring->deliver(kFd, 100); };
  EXPECT_EQ(receiver->wait(-1).value(), Wake::kReady);
  EXPECT_EQ(receiver->wait(-1).value(), Wake::kReady);  // Not received yet.
  EXPECT_EQ(receive().batch.bytes(), 100u);
  ring->on_wait = [&] { ring->readable.insert(kStopFd); };
  const auto stopped = receiver->wait(-1);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::kInterrupted);
  EXPECT_FALSE(receiver->wait(-1));
}

// A consumer that is slower than the stream never waits for data.
TEST_F(Zcrx, AStopIsNoticedAlsoWhereThereIsMoreToReceive) {
  open();
  ring->deliver(kFd, 100);
  ring->readable.insert(kStopFd);
  EXPECT_EQ(receive(10).batch.bytes(), 10u);
  const auto stopped = receiver->wait(0);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::kInterrupted);
}

TEST_F(Zcrx, ReportsAnEnterThatFails) {
  open();
  ring->enter_error = EBADF;
  const auto waited = receiver->wait(0);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().sys_errno, EBADF);
}

}  // namespace
}  // namespace nobounce::path
