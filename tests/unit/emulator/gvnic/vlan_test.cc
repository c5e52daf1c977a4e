// SPDX-License-Identifier: Apache-2.0
// VLAN-tagged frames from one guest's rings to another's, with and without offloads. Linux's driver
// sets no vlan_features, so that only such a test asks the NIC to offload them.
#include <gtest/gtest.h>

#include "emulator/gvnic/gvnic_options.h"
#include "emulator/gvnic/steering.h"
#include "unit/emulator/gvnic/driver_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using net::PacketOptions;

constexpr std::uint32_t kMtu = 1500;
constexpr std::uint32_t kEthernetBytes = 14;

/// Queues of two guests, back to back.
class VlanTest : public testing::Test, private net::FrameSink {
 protected:
  void accept(const net::Frame& frame) override { rx_->deliver(frame, {}); }

  struct Offloads {
    bool checksum = false;
    std::uint16_t mss = 0;  ///< 0: no segmentation.
  };

  std::vector<RxDriver::Packet> carry(const Bytes& packet, std::size_t header_bytes,
                                      Offloads offloads) {
    if (offloads.mss != 0) {
      tx_driver_.put(tso_context(static_cast<std::uint32_t>(packet.size() - header_bytes),
                                 offloads.mss, static_cast<std::uint8_t>(header_bytes)));
    }
    const auto bytes = static_cast<std::uint32_t>(packet.size());
    tx_driver_.put(packet_descriptor(sender_.allocate(packet), bytes,
                                     {.checksum = offloads.checksum, .event = true}));
    tx_->ring_doorbell(tx_driver_.tail());
    EXPECT_EQ(tx_->process(1000, *this), TxQueue::Outcome::kIdle);
    tx_driver_.reap();
    auto packets = rx_driver_.reap();
    rx_driver_.post_all();
    rx_->ring_doorbell(rx_driver_.tail());
    return packets;
  }

  void SetUp() override {
    rx_driver_.post_all();
    rx_->ring_doorbell(rx_driver_.tail());
  }

  GuestRam sender_;
  GuestRam receiver_;
  TxDriver tx_driver_{sender_, 256};
  RxDriver rx_driver_{receiver_, {.entries = 64, .buffer_bytes = 2048, .header_bytes = 256}};
  std::unique_ptr<TxQueue> tx_ =
      std::move(TxQueue::create(tx_driver_.config(), sender_.memory())).value();
  std::unique_ptr<RxQueue> rx_ =
      std::move(RxQueue::create(rx_driver_.config(), kMtu + kLinkOverheadBytes, receiver_.memory()))
          .value();
};

std::vector<PacketOptions> tagged_flows() {
  std::vector<PacketOptions> flows;
  for (const int tags : {0, 1, 2}) {
    for (const bool ipv6 : {false, true}) {
      for (const bool udp : {false, true})
        flows.push_back({.ipv6 = ipv6, .udp = udp, .vlan_tags = tags});
    }
  }
  return flows;
}

TEST_F(VlanTest, PlainFramesArriveAsTheyWereSent) {
  net::Random random(5);
  for (const PacketOptions& flow : tagged_flows()) {
    const Bytes packet = net::build_packet(flow, net::random_bytes(random, 700));
    const auto received = carry(packet, net::header_bytes_of(flow), {});
    ASSERT_EQ(received.size(), 1U) << flow.vlan_tags << " tags";
    EXPECT_EQ(received[0].bytes, packet);
    EXPECT_TRUE(received[0].checksums_verified);
    // Tags are headers: they go with them.
    EXPECT_EQ(received[0].split_bytes, net::header_bytes_of(flow));
  }
}

TEST_F(VlanTest, ChecksumsAreFilledInBehindTags) {
  net::Random random(6);
  for (const PacketOptions& flow : tagged_flows()) {
    const Bytes right = net::build_packet(flow, net::random_bytes(random, 701));
    Bytes packet = right;
    const std::size_t checksum_at = net::l4_offset_of(flow) + (flow.udp ? 6U : 16U);
    packet[checksum_at] = packet[checksum_at + 1] = std::byte{0x5a};
    const auto received = carry(packet, net::header_bytes_of(flow), {.checksum = true});
    ASSERT_EQ(received.size(), 1U) << flow.vlan_tags << " tags";
    EXPECT_EQ(received[0].bytes, right);
    EXPECT_TRUE(received[0].checksums_verified);
  }
}

TEST_F(VlanTest, AWrongChecksumBehindTagsIsFound) {
  for (const PacketOptions& flow : tagged_flows()) {
    const std::uint64_t dropped_before = rx_->statistics().dropped_invalid_checksum;
    Bytes packet = net::build_packet(flow, Bytes(100));
    packet.back() ^= std::byte{1};
    EXPECT_TRUE(carry(packet, net::header_bytes_of(flow), {}).empty()) << flow.vlan_tags << " tags";
    EXPECT_EQ(rx_->statistics().dropped_invalid_checksum, dropped_before + 1);
  }
}

TEST_F(VlanTest, EachSegmentCarriesTheTags) {
  net::Random random(7);
  for (const PacketOptions& flow : tagged_flows()) {
    const Bytes payload = net::random_bytes(random, 5000);
    const auto expected = net::slow_segments(flow, payload, 1200);
    const auto received = carry(net::build_packet(flow, payload), net::header_bytes_of(flow),
                                {.checksum = true, .mss = 1200});
    ASSERT_EQ(received.size(), expected.size()) << flow.vlan_tags << " tags";
    for (std::size_t i = 0; i < received.size(); ++i)
      EXPECT_EQ(received[i].bytes, expected[i]);
  }
}

TEST_F(VlanTest, OneTagFitsOnTopOfTheMtu) {
  for (const int tags : {0, 1, 2}) {
    const PacketOptions flow{.vlan_tags = tags};
    const std::size_t headers = net::header_bytes_of(flow);
    const std::size_t ip_starts = kEthernetBytes + 4 * static_cast<std::size_t>(tags);
    const Bytes packet = net::build_packet(flow, Bytes(kMtu - (headers - ip_starts)));
    EXPECT_EQ(carry(packet, headers, {}).size(), tags <= 1 ? 1U : 0U);
  }
  EXPECT_EQ(rx_->statistics().dropped_over_mru, 1U);
}

TEST(VlanSteering, RulesAndRssLookBehindTags) {
  Steering steering(1);
  FlowRule rule;
  rule.protocol = FlowRule::Protocol::kUdp;
  rule.key.destination_port = 2000;
  rule.mask.destination_port = 0xffff;
  rule.queue = 3;
  ASSERT_TRUE(steering.add_rule(0, rule));
  steering.set_rss({.hash_types = 1U << static_cast<unsigned>(RssHashType::kUdpIpv4)});
  std::vector<Steered> steered;
  for (const int tags : {0, 1, 2}) {
    const Bytes packet = net::build_packet({.udp = true, .vlan_tags = tags}, Bytes(10));
    net::Frame frame;
    frame.layout = net::parse_headers(packet, static_cast<std::uint32_t>(packet.size()));
    frame.headers = std::span(packet).first(frame.layout.header_bytes);
    steered.push_back(steering.steer(frame));
    EXPECT_EQ(steered.back().queue, 3);
    EXPECT_EQ(steered.back().rss_hash, steered.front().rss_hash);
  }
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
