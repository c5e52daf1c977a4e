// SPDX-License-Identifier: Apache-2.0
// When a coalesced packet is completed, and what happens to it when the queue can't go on.
#include <gtest/gtest.h>

#include <functional>

#include "base/bytes.h"
#include "emulator/gvnic/rsc_flow.h"
#include "sys/memfd.h"
#include "unit/emulator/gvnic/receiver_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using net::PacketOptions;

constexpr std::size_t kMss = 1000;

PacketOptions nth(PacketOptions options, unsigned index) {
  options.sequence += static_cast<std::uint32_t>(index * kMss);
  options.ip_id = static_cast<std::uint16_t>(options.ip_id + index);
  return options;
}

/// Segment `index` of a stream, as a frame whose checksums are good.
struct Segment : OwnedFrame {
  explicit Segment(unsigned index, const PacketOptions& options = {},
                   std::size_t payload_bytes = kMss)
      : OwnedFrame(net::build_packet(nth(options, index), numbered_payload(payload_bytes, index))) {
  }
};

std::vector<std::size_t> sizes(const std::vector<RxDriver::Packet>& packets) {
  std::vector<std::size_t> bytes;
  for (const auto& packet : packets)
    bytes.push_back(packet.bytes.size());
  return bytes;
}

struct Rule {
  const char* name;
  /// The second of two consecutive segments, changed.
  std::function<void(PacketOptions&)> options = {};
  std::function<void(Bytes&)> bytes = {};
  std::size_t payload_bytes = kMss;
  bool joins = false;
};

const auto kFlags = [](std::uint8_t flags) {
  return [flags](PacketOptions& it) { it.tcp_flags = flags; };
};

// Of a frame over IPv4 without options: Ethernet to 14, IP to 34, TCP to 54.
const Rule kRules[] = {
    {.name = "AsItIs", .joins = true},
    {.name = "Push", .options = kFlags(0x18), .joins = true},
    {.name = "Fin", .options = kFlags(0x11)},
    {.name = "Syn", .options = kFlags(0x12)},
    {.name = "Rst", .options = kFlags(0x14)},
    {.name = "Urg", .options = kFlags(0x30)},
    {.name = "Ece", .options = kFlags(0x50)},
    {.name = "Cwr", .options = kFlags(0x90)},
    {.name = "NoAck", .options = kFlags(0x00)},
    {.name = "Gap", .options = [](PacketOptions& it) { ++it.sequence; }},
    {.name = "Overlap", .options = [](PacketOptions& it) { --it.sequence; }},
    {.name = "Identification", .options = [](PacketOptions& it) { ++it.ip_id; }},
    {.name = "TcpOptions", .options = [](PacketOptions& it) { it.tcp_options_bytes = 4; }},
    {.name = "IpOptions", .options = [](PacketOptions& it) { it.ip_options_bytes = 4; }},
    {.name = "Vlan", .options = [](PacketOptions& it) { it.vlan_tags = 1; }},
    {.name = "Smaller", .payload_bytes = kMss - 1, .joins = true},
    {.name = "Larger", .payload_bytes = kMss + 1},
    {.name = "Empty", .payload_bytes = 0},
    {.name = "Mac", .bytes = [](Bytes& it) { it[6] ^= std::byte{2}; }},
    {.name = "TypeOfService", .bytes = [](Bytes& it) { it[15] ^= std::byte{1}; }},
    {.name = "DontFragment", .bytes = [](Bytes& it) { it[20] ^= std::byte{0x40}; }},
    {.name = "TimeToLive", .bytes = [](Bytes& it) { it[22] ^= std::byte{1}; }},
    {.name = "Acknowledgment", .bytes = [](Bytes& it) { it[45] ^= std::byte{1}; }},
    {.name = "Window", .bytes = [](Bytes& it) { it[49] ^= std::byte{1}; }},
    {.name = "UrgentPointer", .bytes = [](Bytes& it) { it[53] ^= std::byte{1}; }},
};

void PrintTo(const Rule& rule, std::ostream* out) {
  *out << rule.name;
}

class RscRuleTest : public testing::TestWithParam<Rule> {};

TEST_P(RscRuleTest, DecidesWhetherASegmentJoins) {
  const Rule& rule = GetParam();
  Receiver receiver({.header_bytes = 256, .rsc = true});
  receiver.post_all();
  PacketOptions options = nth({}, 1);
  if (rule.options) rule.options(options);
  Bytes bytes = net::build_packet(options, numbered_payload(rule.payload_bytes, 1));
  if (rule.bytes) rule.bytes(bytes);
  receiver.deliver(Segment(0));
  receiver.deliver(OwnedFrame(bytes));
  while (receiver.queue->end_turn()) {
  }
  const auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), rule.joins ? 1u : 2u);
  EXPECT_EQ(packets[0].rsc, rule.joins);
  if (rule.joins) {
    EXPECT_EQ(packets[0].rsc_segment_bytes, kMss);
    EXPECT_EQ(packets[0].bytes[47], std::byte{options.tcp_flags});
  } else {
    EXPECT_EQ(packets[0].bytes, Segment(0).bytes) << "a segment alone is as it came";
    EXPECT_EQ(packets[1].bytes, bytes) << "in the order in which they came";
  }
}

INSTANTIATE_TEST_SUITE_P(Second, RscRuleTest, testing::ValuesIn(kRules),
                         [](const auto& rule) { return std::string(rule.param.name); });

TEST(RscRules, AFlowLabelMustBeTheSame) {
  const PacketOptions ipv6{.ipv6 = true};
  Receiver receiver({.rsc = true});
  receiver.post_all();
  Segment other(1, ipv6);
  other.bytes[17] ^= std::byte{1};
  receiver.deliver(Segment(0, ipv6));
  receiver.deliver(other);
  receiver.deliver(Segment(0, {.ipv6 = true, .source_port = 7}));
  receiver.deliver(Segment(1, {.ipv6 = true, .source_port = 7}));
  while (receiver.queue->end_turn()) {
  }
  EXPECT_EQ(sizes(receiver.driver.reap()), (std::vector<std::size_t>{1074, 1074, 2074}));
}

TEST(RscRules, CompletesAtOnceWhatNothingCanFollow) {
  Receiver receiver({.rsc = true});
  receiver.post_all();
  receiver.deliver(Segment(0));
  receiver.deliver(Segment(1));
  EXPECT_TRUE(receiver.driver.reap().empty());
  EXPECT_FALSE(receiver.queue->take_interrupt_request());
  EXPECT_EQ(receiver.queue->statistics().waiting, 2u);
  receiver.deliver(Segment(2, {}, kMss - 1));
  EXPECT_EQ(sizes(receiver.driver.reap()), std::vector<std::size_t>{54 + 3 * kMss - 1});
  EXPECT_TRUE(receiver.queue->take_interrupt_request());
  EXPECT_EQ(receiver.queue->statistics().waiting, 0u);
  receiver.deliver(Segment(3, {.tcp_flags = 0x18}));
  EXPECT_EQ(receiver.driver.reap().size(), 1u) << "PSH alone opens nothing";
}

TEST(RscRules, ATurnThatBringsNothingCompletesAPacket) {
  Receiver receiver({.rsc = true});
  receiver.post_all();
  EXPECT_FALSE(receiver.queue->end_turn());
  receiver.deliver(Segment(0));
  EXPECT_TRUE(receiver.queue->end_turn());
  receiver.deliver(Segment(1));
  EXPECT_TRUE(receiver.queue->end_turn());
  EXPECT_TRUE(receiver.driver.reap().empty());
  EXPECT_FALSE(receiver.queue->end_turn());
  const auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].bytes.size(), 54 + 2 * kMss);
  EXPECT_TRUE(receiver.queue->take_interrupt_request());
}

TEST(RscRules, AgeCompletesAPacketThoughSegmentsKeepComing) {
  Receiver receiver({.rsc = true});
  receiver.post_all();
  receiver.deliver(Segment(0), kTimeNs);
  receiver.deliver(Segment(1), kTimeNs + RscFlow::kMaxAgeNs);
  receiver.deliver(Segment(0, {.source_port = 7}), kTimeNs + RscFlow::kMaxAgeNs + 1);
  const auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 1u) << "another flow's segment shows the time";
  EXPECT_EQ(packets[0].bytes.size(), 54 + 2 * kMss);
  EXPECT_EQ(packets[0].time_ns, static_cast<std::uint32_t>(kTimeNs)) << "that of the first";
}

TEST(RscRules, TheOldestFlowMakesRoomForANinth) {
  Receiver receiver({.rsc = true});
  receiver.post_all();
  for (std::uint16_t port = 1; port <= 9; ++port)
    receiver.deliver(Segment(0, {.source_port = port}));
  const auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].bytes, Segment(0, {.source_port = 1}).bytes);
}

TEST(RscRules, OrderWithinAFlowIsKept) {
  const OwnedFrame tso(net::build_packet(nth({}, 1), numbered_payload(3000)), 1000);
  const Segment ack(1, {}, 0);
  Segment fragment(1);
  fragment.bytes[20] = std::byte{0x20};
  const OwnedFrame of_a_fragment(fragment.bytes);
  for (const OwnedFrame* next : {&tso, static_cast<const OwnedFrame*>(&ack), &of_a_fragment}) {
    Receiver receiver({.rsc = true});
    receiver.post_all();
    receiver.deliver(Segment(0));
    receiver.deliver(*next);
    const auto packets = receiver.driver.reap();
    ASSERT_EQ(packets.size(), 2u);
    EXPECT_EQ(packets[0].bytes, Segment(0).bytes);
    EXPECT_EQ(packets[1].bytes, next->bytes);
  }
}

TEST(RscRules, WithoutBuffersTheOpenPacketsAreHandedOver) {
  Receiver receiver({.header_bytes = 256, .rsc = true});
  receiver.post(1);
  for (unsigned i = 0; i < 5; ++i)  // four fill the buffer, the fifth needs one more
    receiver.deliver(Segment(i));
  EXPECT_EQ(sizes(receiver.driver.reap()), std::vector<std::size_t>{54 + 4 * kMss});
  EXPECT_EQ(receiver.queue->statistics().waiting, 1u);
  receiver.post(1);
  receiver.queue->drain_backlog();
  receiver.deliver(Segment(5));
  while (receiver.queue->end_turn()) {
  }
  const auto packets = receiver.driver.reap();
  EXPECT_EQ(sizes(packets), std::vector<std::size_t>{54 + 2 * kMss});
  EXPECT_EQ(receiver.queue->statistics().rsc_segments, 6u);
}

TEST(RscRules, AWrongChecksumDoesNotJoin) {
  Receiver receiver({.rsc = true});
  receiver.post_all();
  Bytes wrong = Segment(1).bytes;
  wrong.back() ^= std::byte{1};
  receiver.deliver(Segment(0));
  receiver.deliver(OwnedFrame(wrong, 0, false));
  receiver.deliver(OwnedFrame(Segment(1).bytes, 0, false));
  while (receiver.queue->end_turn()) {
  }
  const auto packets = receiver.driver.reap();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_TRUE(
      std::ranges::equal(std::span(packets[0].bytes).last(kMss), numbered_payload(kMss, 1)));
  EXPECT_EQ(receiver.queue->statistics().dropped_invalid_checksum, 1u);
  EXPECT_EQ(receiver.queue->statistics().rsc_segments, 2u);
}

TEST(RscRules, NothingFollowsAPacketThatCouldNotBeHandedOver) {
  const Segment fin(1, {.tcp_flags = 0x11});
  const Segment of_another_flow(0, {.source_port = 7});
  for (const OwnedFrame* next : {&fin, &of_another_flow}) {
    Receiver receiver({.header_bytes = 256, .rsc = true});
    receiver.post_all();
    store_le(receiver.ram.at(receiver.driver.entry(0) + 16, 8), ~std::uint64_t{0});
    receiver.deliver(Segment(0));
    receiver.deliver(*next, kTimeNs + RscFlow::kMaxAgeNs + 1);
    EXPECT_TRUE(receiver.queue->faulted());
    while (receiver.queue->end_turn()) {
    }
    EXPECT_TRUE(receiver.driver.reap().empty()) << "not even in its place";
    EXPECT_FALSE(receiver.queue->take_interrupt_request());
    const RxStatistics& counted = receiver.queue->statistics();
    EXPECT_EQ(counted.packets, 0u);
    EXPECT_EQ(counted.dropped_queue_ended + counted.waiting, 2u);
    EXPECT_EQ(counted.malformed, 1u);
  }
}

// The guest's memory goes away between two turns while a packet is open, or comes back elsewhere.
TEST(RscRules, AnOpenPacketOutlivesAMappingButNotTheMemory) {
  for (const bool comes_back : {false, true}) {
    Receiver receiver({.header_bytes = 256, .rsc = true});
    receiver.post_all();
    receiver.deliver(Segment(0));
    receiver.deliver(Segment(1));
    EXPECT_TRUE(receiver.queue->end_turn());
    receiver.ram.memory().unmap_all();
    if (comes_back) {
      const std::uint64_t bytes = receiver.ram.end() - GuestRam::kBase;
      auto other = sys::create_memfd("other", bytes);
      ASSERT_TRUE(other.has_value());
      ASSERT_TRUE(receiver.ram.memory().map(
          {.iova = GuestRam::kBase, .size = bytes, .readable = true, .writeable = true},
          std::move(*other), 0));
    }
    EXPECT_FALSE(receiver.queue->end_turn());
    EXPECT_EQ(receiver.queue->faulted(), !comes_back);
    EXPECT_EQ(receiver.queue->statistics().dropped_queue_ended, comes_back ? 0u : 2u);
    EXPECT_EQ(receiver.queue->statistics().waiting, 0u);
    if (comes_back) {
      const auto packets = receiver.driver.reap();
      ASSERT_EQ(packets.size(), 1u);
      EXPECT_EQ(packets[0].split_bytes, 54u);
    }
  }
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
