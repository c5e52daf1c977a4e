// SPDX-License-Identifier: Apache-2.0
// Rate, delay and jitter; what waits, and the bound on it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "unit/emulator/wire/timed_cable.h"

namespace nobounce::emulator::wire {
namespace {

constexpr std::uint64_t kStart = TimedCable::kStartNs;
constexpr std::uint64_t kMs = 1'000'000;

/// What frames take on a line that is busy all the time, without a remainder lost.
std::uint64_t line_ns(const std::vector<Bytes>& frames, std::uint64_t rate) {
  std::uint64_t bits = 0;
  for (const Bytes& frame : frames)
    bits += 8 * (8 + std::max<std::size_t>(frame.size(), 60) + 4 + 12);
  return bits * 1'000'000'000 / rate;
}

TEST(WireRate, BackToBackFramesTakeTheirTimeOnTheLine) {
  for (const std::uint64_t rate : {9'600ULL, 1'000'000ULL, 1'000'000'000ULL, 3'333'333'333ULL,
                                   100'000'000'000ULL, 999'999'999'999ULL}) {
    for (const std::size_t payload : {0U, 46U, 47U, 1500U, 9000U}) {
      SCOPED_TRACE(std::to_string(payload) + " bytes at " + std::to_string(rate));
      TimedCable cable({.rate_bits_per_s = rate});
      std::vector<Bytes> sent;
      for (std::uint64_t number = 0; number < 100; ++number) {
        sent.push_back(numbered(number, payload));
        cable.send(sent.back());
      }
      cable.drain();
      ASSERT_EQ(cable.arrivals.size(), sent.size());
      for (std::size_t count = 1; count <= sent.size(); ++count) {
        const std::vector<Bytes> first(sent.begin(),
                                       sent.begin() + static_cast<std::ptrdiff_t>(count));
        ASSERT_EQ(cable.arrivals[count - 1].ns, kStart + line_ns(first, rate));
      }
    }
  }
}

TEST(WireRate, ATsoFramePassesWholeInTheTimeOfItsSegments) {
  constexpr std::uint64_t kRate = 777'777'777;
  net::Random random(1);
  for (int round = 0; round < 50; ++round) {
    const net::PacketOptions options = net::random_options(random);
    const Bytes payload = net::random_bytes(random, 1 + net::up_to(random, 60'000));
    const auto mss = static_cast<std::uint16_t>(1 + net::up_to(random, 4095));
    TimedCable cable({.rate_bits_per_s = kRate});
    cable.send(net::build_packet(options, payload), mss);
    cable.drain();
    ASSERT_EQ(cable.arrivals.size(), 1U);
    const auto segments = net::slow_segments(options, payload, mss);
    EXPECT_EQ(cable.arrivals[0].ns, kStart + line_ns(segments, kRate));
    EXPECT_EQ(cable.arrivals[0].segment_bytes, mss);
    EXPECT_EQ(cable.arrivals[0].checksums, net::Checksums::kPending);
    EXPECT_EQ(cable.sent().frames, segments.size());
    EXPECT_EQ(cable.taken().delivered_frames, segments.size());
    EXPECT_TRUE(cable.adds_up());
  }
}

TEST(WireRate, ALineThatFellIdleStartsAnew) {
  TimedCable cable({.rate_bits_per_s = 1'000'000'000});
  cable.send(numbered(1));
  cable.advance(kMs);
  cable.send(numbered(2));
  cable.drain();
  ASSERT_EQ(cable.arrivals.size(), 2U);
  EXPECT_EQ(cable.arrivals[0].ns, kStart + 672);
  EXPECT_EQ(cable.arrivals[1].ns, kStart + kMs + 672);
}

TEST(WireDelay, AFrameComesWhenItIsDueAndNotBefore) {
  TimedCable cable({.delay_ns = 10 * kMs});
  cable.send(numbered(1));
  EXPECT_EQ(cable.next_ns, kStart + 10 * kMs);
  EXPECT_EQ(cable.sent().waiting_frames, 1U);
  EXPECT_EQ(cable.sent().waiting_bytes, 60U);
  cable.run_until(kStart + 10 * kMs - 1);
  EXPECT_TRUE(cable.arrivals.empty());
  cable.run_until(kStart + 10 * kMs);
  ASSERT_EQ(cable.arrivals.size(), 1U);
  EXPECT_EQ(cable.arrivals[0].bytes, numbered(1));
  EXPECT_EQ(cable.sent().waiting_frames, 0U);
  EXPECT_EQ(cable.sent().waiting_bytes, 0U);
  EXPECT_FALSE(cable.next_ns.has_value());
}

TEST(WireDelay, ComesAfterTheTimeOnTheLine) {
  TimedCable cable({.rate_bits_per_s = 1'000'000'000, .delay_ns = 10 * kMs});
  cable.send(numbered(1));
  cable.send(numbered(2));
  cable.drain();
  ASSERT_EQ(cable.arrivals.size(), 2U);
  EXPECT_EQ(cable.arrivals[0].ns, kStart + 10 * kMs + 672);
  EXPECT_EQ(cable.arrivals[1].ns, kStart + 10 * kMs + 2 * 672);
}

TEST(WireDelay, TheOtherDirectionHasNone) {
  TimedCable cable({.delay_ns = 10 * kMs});
  Station sender;
  cable.wire().plug(0, &sender);
  const OwnedFrame owned(numbered(1));
  cable.wire().entry(1).accept(owned.frame());
  EXPECT_EQ(sender.frames.size(), 1U);
}

TEST(WireJitter, SpreadsTheDelayAndKeepsOrder) {
  constexpr std::uint64_t kDelay = 10 * kMs;
  constexpr std::uint64_t kJitter = 4 * kMs;
  TimedCable cable({.delay_ns = kDelay, .jitter_ns = kJitter});
  constexpr std::uint64_t kFrames = 1000;
  constexpr std::uint64_t kGap = 3 * kMs;  // at times less than two delays differ by
  for (std::uint64_t number = 0; number < kFrames; ++number) {
    cable.send(numbered(number));
    cable.advance(kGap);
  }
  cable.drain();
  ASSERT_EQ(cable.arrivals.size(), kFrames);
  std::uint64_t least = kDelay;
  std::uint64_t most = kDelay;
  for (std::uint64_t number = 0; number < kFrames; ++number) {
    ASSERT_EQ(number_of(cable.arrivals[number].bytes), number);
    const std::uint64_t delay = cable.arrivals[number].ns - kStart - number * kGap;
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  EXPECT_GE(least, kDelay - kJitter);
  EXPECT_LT(least, kDelay - kJitter * 9 / 10);
  EXPECT_LE(most, kDelay + kJitter);
  EXPECT_GT(most, kDelay + kJitter * 9 / 10);
}

TEST(WireBackPressure, ABusyLineIsNotReadyUntilTheTimeThatRunNames) {
  TimedCable cable({.rate_bits_per_s = 1'000'000'000, .delay_ns = 500 * kMs});
  constexpr std::uint32_t kFrames = Wire::kReadyHorizonNs / kMs;
  for (std::uint32_t i = 0; i < kFrames; ++i) {
    EXPECT_TRUE(cable.entry().is_ready());
    cable.send(numbered(i, 125'000));  // a little more than 1 ms
  }
  EXPECT_FALSE(cable.entry().is_ready());
  ASSERT_TRUE(cable.next_ns.has_value());
  const std::uint64_t ready_ns = *cable.next_ns;
  EXPECT_LT(ready_ns, kStart + kMs);
  cable.run_until(ready_ns - 1);
  EXPECT_FALSE(cable.entry().is_ready());
  cable.run_until(ready_ns);
  EXPECT_TRUE(cable.entry().is_ready());
}

TEST(WireBackPressure, ASenderThatHeedsItLosesNothingAndKeepsTheLineBusy) {
  constexpr std::uint64_t kRate = 100'000'000;
  TimedCable cable({.rate_bits_per_s = kRate}, {.queue_bytes = 1 << 20});
  std::vector<Bytes> sent;
  while (sent.size() < 5000) {
    while (cable.entry().is_ready() && sent.size() < 5000) {
      sent.push_back(numbered(sent.size(), 1500));
      cable.send(sent.back());
    }
    ASSERT_TRUE(cable.next_ns.has_value());
    cable.run_until(*cable.next_ns);
  }
  cable.drain();
  ASSERT_EQ(cable.arrivals.size(), sent.size());
  EXPECT_EQ(cable.arrivals.back().ns, kStart + line_ns(sent, kRate));
  EXPECT_EQ(cable.sent().dropped_queue_full, 0U);
}

TEST(WireBackPressure, AQueueMoreThanHalfFullIsNotReady) {
  TimedCable cable({.delay_ns = kMs}, {.queue_bytes = 10'000});
  std::uint64_t number = 0;
  for (; cable.entry().is_ready(); ++number)
    cable.send(numbered(number, 1000));
  EXPECT_EQ(number, 5U);  // 5 of 1014 and 48 are more than half
  cable.drain();
  EXPECT_TRUE(cable.entry().is_ready());
}

TEST(WireBound, WhatDoesNotFitIsDroppedAndCounted) {
  TimedCable cable({.delay_ns = kMs}, {.queue_bytes = 10'000});
  for (std::uint64_t number = 0; number < 20; ++number)
    cable.send(numbered(number, 1000));
  EXPECT_EQ(cable.sent().waiting_frames, 9U);
  EXPECT_EQ(cable.sent().dropped_queue_full, 11U);
  EXPECT_TRUE(cable.adds_up());
  cable.drain();
  EXPECT_EQ(cable.arrivals.size(), 9U);
  EXPECT_TRUE(cable.adds_up());
}

TEST(WireBound, ADroppedFrameTakesNoTimeOnTheLine) {
  constexpr std::uint64_t kRate = 1'000'000'000;
  TimedCable cable({.rate_bits_per_s = kRate}, {.queue_bytes = 5'000});
  for (std::uint64_t number = 0; number < 20; ++number)
    cable.send(numbered(number, 1000));
  cable.drain();
  const std::vector<Bytes> passed(cable.arrivals.size(), numbered(0, 1000));
  ASSERT_LT(passed.size(), 20U);
  EXPECT_EQ(cable.arrivals.back().ns, kStart + line_ns(passed, kRate));
  const std::uint64_t now_ns = cable.now_ns();
  cable.send(numbered(20, 1000));
  cable.drain();
  EXPECT_EQ(cable.arrivals.back().ns, now_ns + line_ns({numbered(0, 1000)}, kRate));
}

TEST(WireChange, WhatWaitsKeepsItsTimeAndItsPlace) {
  TimedCable cable({.delay_ns = 10 * kMs});
  cable.send(numbered(1));
  cable.advance(kMs);
  cable.wire().set_impairments(0, {.delay_ns = kMs});
  cable.send(numbered(2));  // due sooner, and yet behind
  cable.wire().set_impairments(0, {});
  cable.send(numbered(3));
  EXPECT_TRUE(cable.arrivals.empty());
  cable.drain();
  ASSERT_EQ(cable.arrivals.size(), 3U);
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(number_of(cable.arrivals[i].bytes), i + 1);
    EXPECT_EQ(cable.arrivals[i].ns, kStart + 10 * kMs);
  }
  cable.send(numbered(4));  // and at once again
  ASSERT_EQ(cable.arrivals.size(), 4U);
}

TEST(WireChange, ARateThatIsTakenAwayLeavesTheLineReady) {
  TimedCable cable({.rate_bits_per_s = 1'000'000});
  cable.send(numbered(1, 1500));
  EXPECT_FALSE(cable.entry().is_ready());
  cable.wire().set_impairments(0, {});
  EXPECT_TRUE(cable.entry().is_ready());
  EXPECT_EQ(cable.wire().impairments(0), Impairments{});
}

TEST(WireChange, UnpluggingCountsWhatIsDueAfterwards) {
  TimedCable cable({.delay_ns = kMs});
  cable.send(numbered(1));
  cable.wire().plug(1, nullptr);
  cable.drain();
  EXPECT_TRUE(cable.arrivals.empty());
  EXPECT_EQ(cable.sent().dropped_unplugged, 1U);
  EXPECT_TRUE(cable.adds_up());
}

}  // namespace
}  // namespace nobounce::emulator::wire
