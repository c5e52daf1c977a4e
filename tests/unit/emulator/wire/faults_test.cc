// SPDX-License-Identifier: Apache-2.0
// Loss, duplication, corruption, reordering, partition. Everything is drawn from fixed seeds, so
// that a bound on chance holds always or never.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "emulator/net/checksum.h"
#include "unit/emulator/wire/timed_cable.h"

namespace nobounce::emulator::wire {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kFrames = 8'000;
constexpr double kProbabilities[] = {0.01, 0.1, 0.5, 0.9};

/// Five standard deviations of a binomial distribution: one fixed seed in a million is outside.
void expect_near_share(std::uint64_t count, double probability, std::uint64_t of) {
  const double mean = probability * static_cast<double>(of);
  const double deviation = std::sqrt(mean * (1 - probability));
  EXPECT_NEAR(static_cast<double>(count), mean, 5 * deviation) << probability;
}

/// Sends kFrames that can be told apart.
void send_all(TimedCable& cable) {
  for (std::uint64_t number = 0; number < kFrames; ++number)
    cable.send(numbered(number));
  cable.drain();
}

std::size_t bits_that_differ(const Bytes& a, const Bytes& b) {
  if (a.size() != b.size()) return 8 * std::max(a.size(), b.size());
  std::size_t bits = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    bits += static_cast<std::size_t>(std::popcount(static_cast<std::uint8_t>(a[i] ^ b[i])));
  return bits;
}

TEST(WireLoss, LosesTheShareAskedFor) {
  for (const double probability : kProbabilities) {
    TimedCable cable({.loss = probability});
    send_all(cable);
    expect_near_share(cable.sent().lost, probability, kFrames);
    EXPECT_EQ(cable.arrivals.size() + cable.sent().lost, kFrames);
    EXPECT_TRUE(std::ranges::is_sorted(
        cable.arrivals, {}, [](const Arrival& arrival) { return number_of(arrival.bytes); }));
    EXPECT_TRUE(cable.adds_up());
  }
}

TEST(WireLoss, OfOneLosesAll) {
  TimedCable cable({.loss = 1});
  send_all(cable);
  EXPECT_TRUE(cable.arrivals.empty());
}

TEST(WireLoss, HitsSegmentsOneByOne) {
  TimedCable cable({.loss = 0.5});
  const net::PacketOptions options;
  const Bytes payload(100 * 500);
  const auto segments = net::slow_segments(options, payload, 500);
  cable.send(net::build_packet(options, payload), 500);
  expect_near_share(cable.sent().lost, 0.5, 100);
  EXPECT_EQ(cable.sent().frames, 100U);
  for (const Arrival& arrival : cable.arrivals) {
    EXPECT_EQ(arrival.segment_bytes, 0U);
    EXPECT_NE(std::ranges::find(segments, arrival.bytes), segments.end());
  }
  EXPECT_TRUE(cable.adds_up());
}

TEST(WireDuplication, DoublesTheShareAskedFor) {
  for (const double probability : kProbabilities) {
    TimedCable cable({.duplicate = probability});
    send_all(cable);
    expect_near_share(cable.sent().duplicated, probability, kFrames);
    std::map<std::uint64_t, std::uint64_t> times;
    for (const Arrival& arrival : cable.arrivals)
      ++times[number_of(arrival.bytes)];
    EXPECT_EQ(times.size(), kFrames);
    const auto doubled =
        std::ranges::count_if(times, [](const auto& entry) { return entry.second == 2; });
    EXPECT_EQ(static_cast<std::uint64_t>(doubled), cable.sent().duplicated);
    EXPECT_EQ(cable.arrivals.size(), kFrames + cable.sent().duplicated);
    EXPECT_TRUE(cable.adds_up());
  }
}

TEST(WireReordering, SomeGoAheadOfThoseThatWait) {
  for (const double probability : kProbabilities) {
    TimedCable cable({.delay_ns = 10 * kMs, .reorder = probability});
    cable.send(numbered(0));
    while (cable.sent().waiting_frames == 0)  // one waits from here on
      cable.send(numbered(0));
    const auto before = static_cast<std::ptrdiff_t>(cable.arrivals.size());
    send_all(cable);
    const auto ahead =
        std::count_if(cable.arrivals.begin() + before, cable.arrivals.end(),
                      [](const Arrival& arrival) { return arrival.ns == TimedCable::kStartNs; });
    EXPECT_EQ(static_cast<std::uint64_t>(ahead), cable.sent().reordered);
    expect_near_share(cable.sent().reordered, probability, kFrames);
    EXPECT_TRUE(cable.adds_up());
  }
}

TEST(WireReordering, NothingGoesAheadOfNobody) {
  TimedCable cable({.delay_ns = 1, .reorder = 1});
  send_all(cable);
  EXPECT_EQ(cable.sent().reordered, 0U);
  EXPECT_EQ(cable.arrivals.size(), kFrames);
}

TEST(WireCorruption, FlipsOneBitOfTheShareAskedFor) {
  for (const double probability : kProbabilities) {
    TimedCable cable({.corrupt = probability});
    const Bytes sent = numbered(7);
    for (std::uint64_t i = 0; i < kFrames; ++i)
      cable.send(sent);
    expect_near_share(cable.sent().corrupted, probability, kFrames);
    std::uint64_t corrupted = 0;
    std::map<Bytes, std::uint64_t> kinds;
    for (const Arrival& arrival : cable.arrivals) {
      const std::size_t bits = bits_that_differ(arrival.bytes, sent);
      ASSERT_LE(bits, 1U);
      corrupted += bits;
      if (bits == 1) ++kinds[arrival.bytes];
    }
    EXPECT_EQ(corrupted, cable.sent().corrupted);
    if (probability == 0.9) {
      EXPECT_EQ(kinds.size(), 8 * sent.size()) << "a bit that never flips";
    }
    EXPECT_TRUE(cable.adds_up());
  }
}

/// True for bytes that neither the IPv4 header's nor L4's checksum covers: Ethernet and VLAN, an
/// IPv6 header but its addresses and protocol, and extension headers.
bool is_uncovered(const net::PacketOptions& options, std::size_t at) {
  const std::size_t l3 = net::l3_offset_of(options);
  if (at < l3) return true;
  if (!options.ipv6 || at >= net::l4_offset_of(options)) return false;
  return at < l3 + 8 || at >= l3 + 40;
}

TEST(WireCorruption, IsFoundByTheReceiverWhereverAChecksumCovers) {
  net::Random random(3);
  TimedCable cable({.corrupt = 1});
  std::uint64_t found = 0;
  for (std::size_t round = 0; round < 4000; ++round) {
    const net::PacketOptions options = net::random_options(random);
    const Bytes sent =
        net::build_packet(options, net::random_bytes(random, net::up_to(random, 300)));
    cable.send(sent);
    ASSERT_EQ(cable.arrivals.size(), round + 1);
    const Arrival& arrival = cable.arrivals.back();
    ASSERT_EQ(bits_that_differ(arrival.bytes, sent), 1U);
    ASSERT_EQ(arrival.checksums, net::Checksums::kUnverified);
    const auto at = static_cast<std::size_t>(std::ranges::mismatch(arrival.bytes, sent).in1 -
                                             arrival.bytes.begin());
    if (is_uncovered(options, at)) continue;
    ++found;
    const OwnedFrame received(arrival.bytes);
    EXPECT_NE(net::verify_checksums(received.frame()), net::ChecksumVerdict::kGood) << at;
  }
  EXPECT_GT(found, 2000U);
}

TEST(WireCorruption, APendingChecksumIsFilledInFirst) {
  net::Random random(4);
  TimedCable cable({.corrupt = 1});
  for (int round = 0; round < 100; ++round) {
    const net::PacketOptions options = net::random_options(random);
    const Bytes payload = net::random_bytes(random, 1 + net::up_to(random, 3000));
    const auto mss = static_cast<std::uint16_t>(200 + net::up_to(random, 400));
    const auto segments = net::slow_segments(options, payload, mss);
    // Set as it stands in a frame yet to be segmented.
    Bytes whole = net::build_packet(options, payload);
    const OwnedFrame parsed(whole);
    net::set_lengths(std::span(whole).first(parsed.frame().headers.size()), parsed.frame().layout,
                     parsed.frame().payload_bytes);
    cable.arrivals.clear();
    cable.send(whole, mss);
    ASSERT_EQ(cable.arrivals.size(), segments.size());
    for (std::size_t i = 0; i < segments.size(); ++i)
      EXPECT_EQ(bits_that_differ(cable.arrivals[i].bytes, segments[i]), 1U);
    // And a single frame of which only L4's sum is missing.
    const OwnedFrame pending(whole, 1);
    net::Frame frame = pending.frame();
    frame.segment_bytes = 0;
    cable.send(frame);
    ASSERT_EQ(cable.arrivals.size(), segments.size() + 1);
    EXPECT_EQ(bits_that_differ(cable.arrivals.back().bytes, net::build_packet(options, payload)),
              1U);
  }
}

TEST(WirePartition, NothingPassesAndItIsCounted) {
  TimedCable cable({.delay_ns = kMs});
  cable.send(numbered(1));
  cable.wire().set_impairments(0, {.partitioned = true});
  cable.send(numbered(2));
  cable.send(net::build_packet({}, Bytes(3000)), 1000);
  cable.drain();
  ASSERT_EQ(cable.arrivals.size(), 1U) << "what was under way before arrives";
  EXPECT_EQ(cable.sent().dropped_partitioned, 4U);
  EXPECT_TRUE(cable.adds_up());
  cable.wire().set_impairments(0, {});
  cable.send(numbered(3));
  EXPECT_EQ(cable.arrivals.size(), 2U);
}

constexpr Impairments kAll{.rate_bits_per_s = 1'000'000'000,
                           .delay_ns = kMs,
                           .jitter_ns = kMs,
                           .loss = 0.1,
                           .reorder = 0.1,
                           .duplicate = 0.1,
                           .corrupt = 0.1};

/// All arrivals of side 1, while side 1 sends `answers` frames for each that side 0 sends.
std::vector<Arrival> arrivals_of(std::uint64_t seed, int answers) {
  TimedCable cable(kAll, {.seed = seed});
  cable.wire().set_impairments(1, kAll);
  const OwnedFrame answer(numbered(0));
  for (std::uint64_t number = 0; number < 2000; ++number) {
    cable.send(numbered(number));
    for (int i = 0; i < answers; ++i)
      cable.wire().entry(1).accept(answer.frame());
    cable.advance(1000);
  }
  cable.drain();
  return cable.arrivals;
}

TEST(WireSeed, RepeatsEverythingAndPortsDoNotDisturbEachOther) {
  const auto arrivals = arrivals_of(1, 0);
  EXPECT_EQ(arrivals_of(1, 0), arrivals);
  EXPECT_EQ(arrivals_of(1, 3), arrivals);
  EXPECT_NE(arrivals_of(2, 0), arrivals);
}

}  // namespace
}  // namespace nobounce::emulator::wire
