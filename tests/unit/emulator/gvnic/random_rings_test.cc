// SPDX-License-Identifier: Apache-2.0
// Rings of random bytes, plausible enough to get far: whatever a guest writes, the queues end or
// go on, and no access leaves guest memory (which the sanitizers watch from its outside).
#include <gtest/gtest.h>

#include <cstring>

#include "emulator/gvnic/steering.h"
#include "unit/emulator/gvnic/driver_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using net::Random;
using net::up_to;

class ToReceiver final : public net::FrameSink {
 public:
  explicit ToReceiver(RxQueue& queue) : queue_(queue) {
    FlowRule rule;
    rule.mask.destination_port = 0xff00;
    EXPECT_TRUE(steering_.add_rule(0, rule).has_value());
    steering_.set_rss({.hash_types = 0xffff, .key = {}, .table = {}});
  }
  void accept(const net::Frame& frame) override {
    queue_.deliver(frame, {.rss_hash = steering_.steer(frame).rss_hash});
    ++frames;
  }
  std::size_t frames = 0;

 private:
  RxQueue& queue_;
  Steering steering_{1};
};

/// An address that is right most of the time.
std::uint64_t random_address(Random& random, const GuestRam& ram, std::uint64_t usual) {
  switch (up_to(random, 30)) {
    case 0:
      return random();
    case 1:
      return ram.end() - up_to(random, 5000);
    default:
      return usual;
  }
}

RawDescriptor random_descriptor(Random& random, const GuestRam& ram, std::uint64_t frame,
                                std::uint32_t frame_bytes) {
  RawDescriptor raw;
  switch (up_to(random, 12)) {
    case 0:
      raw = tso_context(frame_bytes - 54, static_cast<std::uint16_t>(up_to(random, 0x3fff)), 54);
      break;
    case 1:
      raw = general_context();
      break;
    case 2:
      raw = packet_descriptor(random_address(random, ram, frame),
                              static_cast<std::uint32_t>(up_to(random, 0x3fff)),
                              {.end = up_to(random, 1) == 0, .checksum = true});
      break;
    default:
      raw = packet_descriptor(random_address(random, ram, frame), frame_bytes,
                              {.checksum = up_to(random, 1) == 0, .event = true});
      break;
  }
  if (up_to(random, 40) == 0) raw[up_to(random, 15)] = static_cast<std::byte>(random() & 0xff);
  return raw;
}

TEST(RandomRings, NeitherCrashNorLeaveGuestMemory) {
  Random random(40);
  std::size_t sent = 0;
  std::size_t tx_faults = 0;
  std::size_t rx_faults = 0;
  std::uint64_t received = 0;
  GuestRam ram(std::size_t{2} << 20);
  const std::uint64_t mark = ram.next();
  for (int round = 0; round < 400; ++round) {
    ram.release_to(mark);
    TxDriver tx_driver(ram, 64);
    RxDriver rx_driver(ram, {.header_bytes = static_cast<std::uint16_t>(up_to(random, 256)),
                             .rsc = up_to(random, 1) == 0});
    const auto tx = std::move(TxQueue::create(tx_driver.config(), ram.memory())).value();
    const auto rx = std::move(RxQueue::create(rx_driver.config(), 9018, ram.memory())).value();
    ToReceiver sink(*rx);

    net::Bytes packet = net::build_packet({}, net::random_bytes(random, 64 + up_to(random, 9000)));
    if (up_to(random, 1) == 0) {
      packet[12 + up_to(random, 41)] = static_cast<std::byte>(random() & 0xff);
    }
    const std::uint64_t frame = ram.allocate(packet);
    rx_driver.post_all();
    for (std::uint32_t i = 0; i < 63; ++i) {
      if (up_to(random, 60) != 0) continue;
      const std::uint64_t address = random_address(random, ram, random());
      std::memcpy(ram.at(rx_driver.entry(i) + 8, 8), &address, sizeof address);
    }
    rx->ring_doorbell(static_cast<std::uint32_t>(up_to(random, 63)));
    for (int i = 0; i < 40; ++i) {
      tx_driver.put(
          random_descriptor(random, ram, frame, static_cast<std::uint32_t>(packet.size())));
    }
    tx->ring_doorbell(tx_driver.tail());
    tx->process(1000, sink);
    rx->ring_doorbell(rx_driver.tail());
    rx->drain_backlog();
    while (rx->end_turn()) {
    }
    sent += sink.frames;
    received += rx->statistics().packets;
    tx_faults += tx->faulted() ? 1 : 0;
    rx_faults += rx->faulted() ? 1 : 0;
  }
  // The adversary is neither so wild nor so tame that it proves nothing.
  EXPECT_GT(sent, 400u);
  EXPECT_GT(received, 400u);
  EXPECT_GT(tx_faults, 50u);
  EXPECT_LT(tx_faults, 400u);
  EXPECT_GT(rx_faults, 10u);
  EXPECT_LT(rx_faults, 400u);
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
