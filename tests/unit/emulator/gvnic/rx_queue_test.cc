// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/rx_queue.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/bytes.h"
#include "emulator/gvnic/packet_type.h"
#include "unit/emulator/gvnic/receiver_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using net::PacketOptions;

TEST(RxQueue, DeliversAFrameWithoutSplitInOneBuffer) {
  Receiver receiver({});
  receiver.post_all();
  const OwnedFrame frame(net::build_packet({}, numbered_payload(1000)));
  receiver.deliver(frame);
  const auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].bytes, frame.bytes);
  EXPECT_EQ(packets[0].split_bytes, 0u);
  EXPECT_EQ(packets[0].hash, kHash);
  EXPECT_EQ(packets[0].time_ns, 0x8765'4321u);
  EXPECT_EQ(packets[0].packet_type, ptype_of(frame.frame.layout));
  EXPECT_TRUE(packets[0].checksums_verified);
  EXPECT_FALSE(packets[0].rsc);
  EXPECT_TRUE(receiver.queue->take_interrupt_request());
  EXPECT_FALSE(receiver.queue->take_interrupt_request());
  EXPECT_EQ(receiver.queue->statistics().packets, 1u);
  EXPECT_EQ(receiver.queue->statistics().bytes, frame.bytes.size());
}

TEST(RxQueue, SplitsHeadersFromPayloadAndSpreadsItOverBuffers) {
  Receiver receiver({.buffer_bytes = 2048, .header_bytes = 256});
  receiver.post_all();
  const OwnedFrame frame(net::build_packet({.tcp_options_bytes = 12}, numbered_payload(5000)));
  receiver.deliver(frame);
  const auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].bytes, frame.bytes);
  EXPECT_EQ(packets[0].split_bytes, 66u);
  EXPECT_EQ(packets[0].buffer_bytes, (std::vector<std::size_t>{2048, 2048, 904}));
  EXPECT_EQ(receiver.queue->statistics().header_split_packets, 1u);
}

TEST(RxQueue, HeaderOnlyPacketCompletesABufferOfLengthZero) {
  Receiver receiver({.header_bytes = 256});
  receiver.post_all();
  const OwnedFrame frame(net::build_packet({}, {}));
  receiver.deliver(frame);
  const auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].bytes, frame.bytes);
  EXPECT_EQ(packets[0].buffer_bytes, std::vector<std::size_t>{0});
}

TEST(RxQueue, HeadersThatDoNotFitAreReportedAndLieInThePacketBuffer) {
  Receiver receiver({.header_bytes = 64});
  receiver.post_all();
  const OwnedFrame frame(net::build_packet({.tcp_options_bytes = 12}, numbered_payload(100)));
  receiver.deliver(frame);
  const auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_TRUE(packets[0].header_overflow);
  EXPECT_EQ(packets[0].bytes, frame.bytes);
  EXPECT_EQ(receiver.queue->statistics().header_split_packets, 0u);
}

TEST(RxQueue, TsoFramePassesWholeWhereTheQueueCoalesces) {
  Receiver receiver({.header_bytes = 256, .rsc = true});
  receiver.post_all();
  const OwnedFrame frame(net::build_packet({.ipv6 = true}, numbered_payload(60'000)), 1400);
  receiver.deliver(frame);
  const auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].bytes, frame.bytes);
  EXPECT_TRUE(packets[0].rsc);
  EXPECT_EQ(packets[0].rsc_segment_bytes, 1400u);
  EXPECT_EQ(receiver.queue->statistics().rsc_packets, 1u);
}

TEST(RxQueue, TsoFrameIsSegmentedWhereTheQueueDoesNotCoalesceOrItIsUdp) {
  for (const bool udp : {false, true}) {
    Receiver receiver({.rsc = udp});
    receiver.post_all();
    const PacketOptions options{.udp = udp};
    const Bytes payload = numbered_payload(10'000);
    const OwnedFrame frame(net::build_packet(options, payload), 1400);
    receiver.deliver(frame);
    const auto expected = net::slow_segments(options, payload, 1400);
    const auto packets = receiver.driver.reap();
    ASSERT_EQ(packets.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(packets[i].bytes, expected[i]);
      EXPECT_FALSE(packets[i].rsc);
    }
  }
}

TEST(RxQueue, CoalescedPacketsKeepToWhatTheDriverAndIpCanHold) {
  for (const std::uint16_t buffer_bytes : {std::uint16_t{2048}, std::uint16_t{4096}}) {
    Receiver receiver({.entries = 128, .buffer_bytes = buffer_bytes, .rsc = true});
    receiver.post_all();
    const Bytes payload = numbered_payload(200'000);
    const OwnedFrame frame(net::build_packet({}, payload), 1000);
    receiver.deliver(frame);
    Bytes received;
    for (const auto& packet : receiver.driver.reap()) {
      EXPECT_LE(packet.buffer_bytes.size(), 17u);
      EXPECT_LE(packet.bytes.size(), 65535u + 14);
      EXPECT_EQ(
          net::parse_headers(packet.bytes, static_cast<std::uint32_t>(packet.bytes.size())).l4,
          net::L4::kTcp);
      received.insert(received.end(), packet.bytes.begin() + 54, packet.bytes.end());
    }
    EXPECT_EQ(received, payload);
  }
}

TEST(RxQueue, VerifiesChecksumsThatNoNicFilledIn) {
  Receiver receiver({});
  receiver.post_all();
  const Bytes right = net::build_packet({}, numbered_payload(100));
  Bytes wrong_payload = right;
  wrong_payload[100] ^= std::byte{1};
  Bytes wrong_header = right;
  wrong_header[22] ^= std::byte{1};
  Bytes not_ip = right;
  not_ip[12] = std::byte{0x99};
  receiver.deliver(OwnedFrame(wrong_payload, 0, false));
  receiver.deliver(OwnedFrame(wrong_header, 0, false));
  receiver.deliver(OwnedFrame(right, 0, false));
  receiver.deliver(OwnedFrame(not_ip, 0, false));
  const auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_TRUE(packets[0].checksums_verified);
  EXPECT_FALSE(packets[1].checksums_verified);
  EXPECT_EQ(receiver.queue->statistics().dropped_invalid_checksum, 2u);
}

TEST(RxQueue, DropsWhatIsOverTheMru) {
  Receiver receiver({.rsc = true}, 1514);
  receiver.post_all();
  receiver.deliver(OwnedFrame(net::build_packet({}, numbered_payload(1461))));
  receiver.deliver(OwnedFrame(net::build_packet({}, numbered_payload(10'000)), 1461));
  EXPECT_TRUE(receiver.driver.reap().empty());
  EXPECT_EQ(receiver.queue->statistics().dropped_over_mru, 2u);
  receiver.deliver(OwnedFrame(net::build_packet({}, numbered_payload(1460))));
  receiver.deliver(OwnedFrame(net::build_packet({}, numbered_payload(10'000)), 1460));
  EXPECT_EQ(receiver.driver.reap().size(), 2u);
}

TEST(RxQueue, PacketThatNoRingHoldsIsDropped) {
  Receiver receiver({.entries = 4, .buffer_bytes = 256});
  receiver.post_all();
  receiver.deliver(OwnedFrame(net::build_packet({}, numbered_payload(800))));
  EXPECT_EQ(receiver.queue->statistics().dropped_over_mru, 1u);
  receiver.deliver(OwnedFrame(net::build_packet({}, numbered_payload(700))));
  EXPECT_EQ(receiver.driver.reap().size(), 1u);
}

TEST(RxQueue, WithoutEnoughBuffersThePacketWaitsWhole) {
  Receiver receiver({.header_bytes = 256, .rsc = true});
  receiver.post(3);
  const OwnedFrame large(net::build_packet({}, numbered_payload(4 * 4096)), 4096);
  const OwnedFrame small(net::build_packet({}, numbered_payload(10)));
  receiver.deliver(large);
  receiver.deliver(small);  // waits behind, though it would fit
  EXPECT_TRUE(receiver.driver.reap().empty());
  EXPECT_FALSE(receiver.queue->take_interrupt_request());
  receiver.post(1);
  receiver.queue->drain_backlog();
  auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].bytes, large.bytes);
  EXPECT_TRUE(packets[0].rsc);
  receiver.post(1);
  receiver.queue->drain_backlog();
  while (receiver.queue->end_turn()) {
  }
  packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].bytes, small.bytes);
  EXPECT_EQ(packets[0].hash, kHash);
  EXPECT_EQ(receiver.queue->statistics().packets, 2u);
}

TEST(RxQueue, BacklogIsBoundedAndWhatOverflowsIsCounted) {
  Receiver receiver({});
  constexpr std::size_t kFrames = 400;
  for (std::size_t i = 0; i < kFrames; ++i)
    receiver.deliver(
        OwnedFrame(net::build_packet({}, numbered_payload(8000, static_cast<unsigned>(i)))));
  const std::uint64_t dropped = receiver.queue->statistics().dropped_no_buffers;
  EXPECT_GT(dropped, kFrames - RxQueue::kBacklogBytes / 8000);
  EXPECT_LT(dropped, kFrames - RxQueue::kBacklogBytes / 8300);
  // The ones that came first are kept, in order.
  std::size_t received = 0;
  for (bool more = true; more;) {
    receiver.post_all();
    receiver.queue->drain_backlog();
    const auto packets = receiver.driver.reap();
    for (const auto& packet : packets) {
      EXPECT_EQ(packet.bytes,
                net::build_packet({}, numbered_payload(8000, static_cast<unsigned>(received++))));
    }
    more = !packets.empty();
  }
  EXPECT_EQ(received + dropped, kFrames);
}

struct BadBuffer {
  const char* name;
  std::size_t field;
  std::function<std::uint64_t(const GuestRam&)> address;
};

void PrintTo(const BadBuffer& bad, std::ostream* out) {
  *out << bad.name;
}

class BadBufferTest : public testing::TestWithParam<BadBuffer> {};

const BadBuffer kBadBuffers[] = {
    {"BelowMemory", 8, [](const GuestRam&) { return GuestRam::kBase - 4096; }},
    {"CrossesTheEnd", 8, [](const GuestRam& ram) { return ram.end() - 10; }},
    {"WrapsAround", 8, [](const GuestRam&) { return ~std::uint64_t{0} - 10; }},
    {"HeaderBufferOutside", 16, [](const GuestRam& ram) { return ram.end(); }},
    {"HeaderBufferWrapsAround", 16, [](const GuestRam&) { return ~std::uint64_t{0}; }},
};

TEST_P(BadBufferTest, EndsTheQueueBeforeAnythingIsDelivered) {
  Receiver receiver({.header_bytes = 256});
  receiver.driver.post_all();
  // The second buffer of the packet, or the header buffer, which is the first one's.
  const std::uint32_t index = GetParam().field == 8 ? 1 : 0;
  store_le(receiver.ram.at(receiver.driver.entry(index) + GetParam().field, 8),
           GetParam().address(receiver.ram));
  receiver.queue->ring_doorbell(receiver.driver.tail());
  const OwnedFrame frame(net::build_packet({}, numbered_payload(6000)));
  receiver.deliver(frame);
  EXPECT_TRUE(receiver.queue->faulted());
  EXPECT_EQ(receiver.queue->statistics().malformed, 1u);
  EXPECT_TRUE(receiver.driver.reap().empty());
  receiver.deliver(frame);
  receiver.queue->drain_backlog();
  EXPECT_TRUE(receiver.driver.reap().empty());
  EXPECT_EQ(receiver.queue->statistics().dropped_queue_ended, 2u);
  EXPECT_EQ(receiver.queue->statistics().dropped_no_buffers, 0u);
}

INSTANTIATE_TEST_SUITE_P(Addresses, BadBufferTest, testing::ValuesIn(kBadBuffers),
                         [](const auto& bad) { return std::string(bad.param.name); });

TEST(RxQueue, DoorbellBeyondTheRingEndsTheQueue) {
  Receiver receiver({});
  receiver.queue->ring_doorbell(64);
  EXPECT_TRUE(receiver.queue->faulted());
  receiver.queue->ring_doorbell(64);
  EXPECT_EQ(receiver.queue->statistics().malformed, 1u);
}

TEST(RxQueue, EachPacketIsCountedOnce) {
  constexpr std::size_t kWaiting = 5;
  Receiver receiver({});
  const OwnedFrame frame(net::build_packet({}, numbered_payload(1000)));
  const auto counted = [&] { return receiver.queue->statistics(); };
  for (std::size_t i = 0; i < kWaiting + 1; ++i)
    receiver.deliver(frame);
  EXPECT_EQ(counted().waiting, kWaiting + 1);
  receiver.post(1);
  receiver.queue->drain_backlog();
  EXPECT_EQ(counted().packets, 1u);
  EXPECT_EQ(counted().waiting, kWaiting);
  // The next one finds its ring gone; the others wait for ever.
  receiver.post(1);
  receiver.ram.memory().unmap_all();
  receiver.queue->drain_backlog();
  EXPECT_TRUE(receiver.queue->faulted());
  EXPECT_EQ(counted().dropped_queue_ended, 1u);
  EXPECT_EQ(counted().waiting, kWaiting - 1);
}

TEST(RxQueue, SegmentsAfterTheOneThatEndsTheQueueAreCounted) {
  Receiver receiver({});
  receiver.post_all();
  receiver.ram.memory().unmap_all();
  receiver.deliver(OwnedFrame(net::build_packet({}, numbered_payload(4000)), 1000));
  EXPECT_TRUE(receiver.queue->faulted());
  EXPECT_EQ(receiver.queue->statistics().dropped_queue_ended, 4u);
}

TEST(RxQueue, RingThatIsUnmappedLaterEndsTheQueue) {
  Receiver receiver({});
  receiver.post_all();
  receiver.ram.memory().unmap_all();
  receiver.deliver(OwnedFrame(net::build_packet({}, numbered_payload(100))));
  EXPECT_TRUE(receiver.queue->faulted());
}

TEST(RxQueueCreate, RefusesWhatItCannotServe) {
  GuestRam ram;
  const RxDriver driver(ram, {});
  const std::function<void(RxQueueConfig&)> changes[] = {
      [](RxQueueConfig& it) { it.buffer_ring_iova = 0; },
      [](RxQueueConfig& it) { it.buffer_ring_iova += 8; },
      [](RxQueueConfig& it) { it.buffer_entries = 63; },
      [&](RxQueueConfig& it) { it.completion_ring_iova = ram.end() - 32; },
      [](RxQueueConfig& it) { it.completion_ring_iova += 4; },
      [](RxQueueConfig& it) { it.completion_entries = 0; },
      [](RxQueueConfig& it) { it.packet_buffer_bytes = 0; },
      [](RxQueueConfig& it) { it.packet_buffer_bytes = 16384; },
  };
  EXPECT_TRUE(RxQueue::create(driver.config(), kMru, ram.memory()).has_value());
  for (const auto& change : changes) {
    RxQueueConfig config = driver.config();
    change(config);
    const auto queue = RxQueue::create(config, kMru, ram.memory());
    ASSERT_FALSE(queue.has_value());
    EXPECT_EQ(queue.error().code, Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
