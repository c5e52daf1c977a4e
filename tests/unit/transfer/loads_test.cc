// SPDX-License-Identifier: Apache-2.0
// What transfers do beside streaming, over loopback: they await an order, answer requests, hold
// and pause.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "loopback_ends.h"
#include "transfer/transfer.h"

namespace nobounce::transfer {
namespace {

TEST(Loads, SenderAwaitsItsOrderConnectedAndOutsideOfItsTime) {
  Receiving receiving({});
  auto sending = pattern_to(receiving.endpoint, 1, 100'003);
  constexpr std::chrono::milliseconds kWait{200};
  sending.on_ready = [kWait]() -> Status {
    std::this_thread::sleep_for(kWait);
    return {};
  };
  const auto sent = send(sending);
  const auto received = receiving.outcome();
  ASSERT_TRUE(sent) << to_string(sent.error());
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_LT(sent->seconds, 0.2);
  EXPECT_LT(received->seconds, 0.2);
  EXPECT_GT(received->ended_ns, received->began_ns);
}

TEST(Loads, OrderThatDoesNotComeIsNoEndOfTheStream) {
  Receiving receiving({});
  auto sending = pattern_to(receiving.endpoint, 1, 100);
  sending.on_ready = []() -> Status {
    return fail({.code = Code::kInterrupted, .operation = "wait for", .object = "the order"});
  };
  const auto sent = send(sending);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kInterrupted);
  const auto received = receiving.outcome();
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, Code::kPeerClosed);
}

TEST(Loads, RequestsAreAnsweredOneByOneAndTimed) {
  constexpr std::uint64_t kRequest = 100'003;
  ReceiveOptions receiver;
  receiver.request_bytes = kRequest;
  receiver.answer_bytes = 5;
  Receiving receiving(receiver);
  auto sending = pattern_to(receiving.endpoint, 1, kRequest);
  sending.repeat = 20;
  sending.answer_bytes = 5;
  const auto sent = send(sending);
  const auto received = receiving.outcome();
  ASSERT_TRUE(sent) << to_string(sent.error());
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_EQ(received->bytes, 20 * kRequest);
  EXPECT_FALSE(received->latencies);
  ASSERT_TRUE(sent->latencies);
  EXPECT_EQ(sent->latencies->count(), 20u);
  EXPECT_GT(sent->latencies->min(), 0u);
  EXPECT_LE(static_cast<double>(sent->latencies->max()) / 1e9, sent->seconds);
  // Each was hashed before its answer: a request is a round.
  EXPECT_EQ(received->rounds, 20u);
}

TEST(Loads, AnswerThatDoesNotComeIsNoAnswer) {
  Receiving receiving({});  // It answers nothing.
  auto sending = pattern_to(receiving.endpoint, 1, 100);
  sending.answer_bytes = 1;
  sending.timeout_ms = 50;
  const auto sent = send(sending);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kTimeout);
  EXPECT_FALSE(receiving.outcome());
}

TEST(Loads, StreamThatEndsWithinARequestIsCutOff) {
  ReceiveOptions receiver;
  receiver.request_bytes = 10;
  receiver.answer_bytes = 1;
  Receiving receiving(receiver);
  PlainPeer peer = PlainPeer::connect(receiving.endpoint);
  peer.write("0123456789012345");
  peer.close();
  const auto received = receiving.outcome();
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, Code::kPeerClosed);
}

TEST(Loads, ReceiverThatSitsOnItsDataGetsAllOfItAllTheSame) {
  ReceiveOptions receiver;
  receiver.verify = Verify::kNone;
  receiver.region_size = 65536;
  receiver.hold_ns = 2'000'000;
  Receiving receiving(receiver);
  const auto sent = send(pattern_to(receiving.endpoint, 1, 1'000'003));
  const auto received = receiving.outcome();
  ASSERT_TRUE(sent) << to_string(sent.error());
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_EQ(received->bytes, 1'000'003u);
  // Fifteen regions full, of which all but the last had to wait.
  EXPECT_GE(received->seconds, 15 * 0.002);
  receiver.listen = {"127.0.0.1", 0};
  receiver.verify = Verify::kSha256;
  EXPECT_EQ(receive(receiver).error().code, Code::kInvalidArgument);
}

TEST(Loads, SenderPausesAfterEachRepeat) {
  Receiving receiving({});
  auto sending = pattern_to(receiving.endpoint, 1, 1000);
  sending.repeat = 5;
  sending.pause_ns = 10'000'000;
  const auto sent = send(sending);
  ASSERT_TRUE(sent) << to_string(sent.error());
  EXPECT_TRUE(receiving.outcome());
  EXPECT_GE(sent->seconds, 0.05);
}

TEST(Loads, RequestsAndAnswersBelongTogether) {
  ReceiveOptions receiver;
  receiver.listen = {"127.0.0.1", 0};
  receiver.request_bytes = 10;
  EXPECT_EQ(receive(receiver).error().code, Code::kInvalidArgument);
  receiver.answer_bytes = std::uint64_t{1} << 30;
  EXPECT_EQ(receive(receiver).error().code, Code::kInvalidArgument);
  auto sending = pattern_to({"127.0.0.1", 1}, 1, 100);
  sending.answer_bytes = std::uint64_t{1} << 30;
  EXPECT_EQ(send(sending).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace nobounce::transfer
