// SPDX-License-Identifier: Apache-2.0
// Whatever the wire does: what comes out is what was sent, as often as the counters say, and equal
// but for the bits that the counters say were flipped.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "unit/emulator/wire/timed_cable.h"

namespace nobounce::emulator::wire {
namespace {

Impairments random_impairments(net::Random& random) {
  const auto probability = [&] {
    return net::up_to(random, 2) == 0 ? static_cast<double>(net::up_to(random, 100)) / 300 : 0;
  };
  Impairments impairments;
  if (net::up_to(random, 1) == 0)
    impairments.rate_bits_per_s = kMinRateBitsPerS << net::up_to(random, 30);
  if (net::up_to(random, 1) == 0) impairments.delay_ns = net::up_to(random, 50'000'000);
  if (net::up_to(random, 1) == 0) impairments.jitter_ns = net::up_to(random, impairments.delay_ns);
  impairments.loss = probability();
  if (impairments.rate_bits_per_s != 0 || impairments.delay_ns != 0)
    impairments.reorder = probability();
  impairments.duplicate = probability();
  impairments.corrupt = probability();
  impairments.partitioned = net::up_to(random, 9) == 0;
  return impairments;
}

class RandomWire {
 public:
  explicit RandomWire(std::uint64_t seed)
      : random_(seed), cable_({}, {.seed = seed, .queue_bytes = 400'000}) {}

  void step() {
    switch (net::up_to(random_, 9)) {
      case 0:
        cable_.wire().set_impairments(0, random_impairments(random_));
        break;
      case 1:
        cable_.advance(net::up_to(random_, 20'000'000));
        break;
      case 2:
        cable_.advance(net::up_to(random_, 20'000));
        break;
      default:
        send();
    }
    ASSERT_TRUE(cable_.adds_up());
  }

  void check_all() {
    cable_.drain();
    ASSERT_TRUE(cable_.adds_up());
    const PortStatistics sent = cable_.sent();
    EXPECT_EQ(sent.waiting_frames, 0U);
    EXPECT_EQ(sent.waiting_bytes, 0U);
    std::map<Bytes, std::uint64_t> times;
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    for (const Arrival& arrival : cable_.arrivals) {
      for (const Bytes& segment : segments_of(arrival)) {
        ++frames;
        bytes += segment.size();
        ++times[segment];
      }
    }
    EXPECT_EQ(frames, cable_.taken().delivered_frames);
    EXPECT_EQ(bytes, cable_.taken().delivered_bytes);
    std::uint64_t strange = 0;
    std::uint64_t doubled = 0;
    for (const auto& [segment, count] : times) {
      if (sent_.contains(segment)) {
        ASSERT_LE(count, 2U);
        doubled += count - 1;
      } else {
        strange += count;
      }
    }
    // A copy that waited in vain, or whose copy was corrupted, is not seen doubled.
    EXPECT_LE(strange, sent.corrupted);
    EXPECT_LE(doubled, sent.duplicated);
    if (sent.dropped_queue_full == 0) {
      EXPECT_EQ(strange, sent.corrupted);
    }
    EXPECT_EQ(sent_.size(), sent.frames);
  }

 private:
  /// Every segment differs from every other, by its IP identification or UDP payload.
  void send() {
    net::PacketOptions options = net::random_options(random_);
    Bytes payload = net::random_bytes(random_, 16 + net::up_to(random_, 20'000));
    const bool is_tso = net::up_to(random_, 1) == 0;
    const auto mss =
        is_tso ? static_cast<std::uint16_t>(200 + net::up_to(random_, 9000)) : std::uint16_t{0};
    const Bytes packet = net::build_packet(options, payload);
    auto segments = is_tso ? net::slow_segments(options, payload, mss) : std::vector<Bytes>{packet};
    sent_.insert(segments.begin(), segments.end());
    whole_[packet] = std::move(segments);
    cable_.send(packet, mss);
  }

  std::vector<Bytes> segments_of(const Arrival& arrival) {
    if (arrival.segment_bytes == 0) return {arrival.bytes};
    const auto whole = whole_.find(arrival.bytes);
    EXPECT_NE(whole, whole_.end());
    return whole == whole_.end() ? std::vector<Bytes>{} : whole->second;
  }

  net::Random random_;
  TimedCable cable_;
  std::set<Bytes> sent_;
  std::map<Bytes, std::vector<Bytes>> whole_;
};

TEST(RandomWire, DeliversWhatItsCountersSay) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    SCOPED_TRACE(seed);
    RandomWire wire(seed);
    for (int step = 0; step < 150; ++step)
      ASSERT_NO_FATAL_FAILURE(wire.step());
    ASSERT_NO_FATAL_FAILURE(wire.check_all());
  }
}

}  // namespace
}  // namespace nobounce::emulator::wire
