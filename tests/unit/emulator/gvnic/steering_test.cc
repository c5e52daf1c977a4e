// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/steering.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::gvnic {
namespace {

using net::Bytes;
using net::PacketOptions;

/// What is steered: headers alone matter.
Steered steer(const Steering& steering, const Bytes& packet) {
  net::Frame frame;
  frame.layout = net::parse_headers(packet, static_cast<std::uint32_t>(packet.size()));
  frame.headers = std::span(packet).first(frame.layout.header_bytes);
  return steering.steer(frame);
}

Bytes packet_of(const PacketOptions& options) {
  return net::build_packet(options, Bytes(32));
}

FlowRule port_rule(std::uint16_t destination_port, std::uint16_t queue) {
  FlowRule rule;
  rule.key.destination_port = destination_port;
  rule.mask.destination_port = 0xffff;
  rule.queue = queue;
  return rule;
}

constexpr std::uint16_t bit(RssHashType type) {
  return static_cast<std::uint16_t>(1u << static_cast<unsigned>(type));
}

/// Each table entry names a queue of its own, so that the entry used is seen.
RssConfig rss_config(std::uint16_t hash_types) {
  RssConfig config;
  config.hash_types = hash_types;
  net::Random random(20);
  std::ranges::copy(net::random_bytes(random, kRssKeyBytes), config.key.begin());
  for (std::size_t i = 0; i < config.table.size(); ++i)
    config.table[i] = static_cast<std::uint16_t>(1000 + i);
  return config;
}

TEST(Steering, WithoutConfigurationEverythingGoesToQueueZero) {
  const Steered steered = steer(Steering(4), packet_of({}));
  EXPECT_EQ(steered.queue, 0);
  EXPECT_EQ(steered.rss_hash, 0u);
}

TEST(Steering, LowestLocationWinsAndRulesComeBeforeRss) {
  Steering steering(8);
  steering.set_rss(rss_config(bit(RssHashType::kTcpIpv4)));
  ASSERT_TRUE(steering.add_rule(7, port_rule(2000, 7)));
  EXPECT_EQ(steer(steering, packet_of({})).queue, 7);
  ASSERT_TRUE(steering.add_rule(3, port_rule(2000, 3)));
  const Steered steered = steer(steering, packet_of({}));
  EXPECT_EQ(steered.queue, 3);
  EXPECT_NE(steered.rss_hash, 0u);  // the hash is reported all the same
  EXPECT_GE(steer(steering, packet_of({.destination_port = 2001})).queue, 1000);
  ASSERT_TRUE(steering.delete_rule(3));
  EXPECT_EQ(steer(steering, packet_of({})).queue, 7);
}

TEST(Steering, RefusesTakenLocationsTooManyRulesAndUnknownOnes) {
  Steering steering(2);
  ASSERT_TRUE(steering.add_rule(1, port_rule(1, 1)));
  EXPECT_EQ(steering.add_rule(1, port_rule(2, 1)).error().code, Code::kBusy);
  ASSERT_TRUE(steering.add_rule(2, port_rule(2, 1)));
  EXPECT_EQ(steering.add_rule(3, port_rule(3, 1)).error().code, Code::kExhausted);
  EXPECT_EQ(steering.delete_rule(3).error().code, Code::kNotFound);
  EXPECT_EQ(steering.rules().size(), 2u);
  steering.clear_rules();
  EXPECT_TRUE(steering.rules().empty());
}

TEST(Steering, EachFieldCountsWhereItsMaskSaysSo) {
  for (const bool ipv6 : {false, true}) {
    const PacketOptions options{.ipv6 = ipv6};
    const Bytes packet = packet_of(options);
    const std::size_t addresses = ipv6 ? 22 : 26;
    const std::size_t address_bytes = ipv6 ? 16 : 4;
    FlowRule exact;
    exact.l3 = ipv6 ? net::L3::kIpv6 : net::L3::kIpv4;
    exact.queue = 9;
    exact.key.source_port = 1000;
    exact.key.destination_port = 2000;
    for (std::size_t i = 0; i < address_bytes; ++i) {
      exact.key.source_address[i] = packet[addresses + i];
      exact.key.destination_address[i] = packet[addresses + address_bytes + i];
      exact.mask.source_address[i] = exact.mask.destination_address[i] = std::byte{0xff};
    }
    exact.mask.source_port = exact.mask.destination_port = 0xffff;
    exact.mask.tos = 0xff;
    const auto queue_with = [&](const auto& change) {
      FlowRule rule = exact;
      change(rule);
      Steering steering(1);
      EXPECT_TRUE(steering.add_rule(0, rule));
      return steer(steering, packet).queue;
    };
    EXPECT_EQ(queue_with([](FlowRule&) {}), 9);
    EXPECT_EQ(queue_with([](FlowRule& it) { it.key.source_port ^= 1; }), 0);
    EXPECT_EQ(queue_with([](FlowRule& it) { it.key.destination_port ^= 0x8000; }), 0);
    EXPECT_EQ(queue_with([](FlowRule& it) { it.key.source_address[3] ^= std::byte{1}; }), 0);
    EXPECT_EQ(queue_with([](FlowRule& it) { it.key.destination_address[0] ^= std::byte{1}; }), 0);
    EXPECT_EQ(queue_with([](FlowRule& it) { it.key.tos = 4; }), 0);
    EXPECT_EQ(queue_with([](FlowRule& it) { it.protocol = FlowRule::Protocol::kUdp; }), 0);
    EXPECT_EQ(queue_with([](FlowRule& it) {
                it.l3 = it.l3 == net::L3::kIpv4 ? net::L3::kIpv6 : net::L3::kIpv4;
              }),
              0);
    EXPECT_EQ(queue_with([](FlowRule& it) {
                it.key.source_port ^= 1;
                it.mask.source_port = 0xfffe;
              }),
              9);
    EXPECT_EQ(queue_with([](FlowRule& it) {
                it.key.source_address.fill(std::byte{0x55});
                it.mask.source_address.fill(std::byte{0});
              }),
              9);
  }
}

TEST(Steering, MatchesTosOfBothVersions) {
  for (const bool ipv6 : {false, true}) {
    Bytes packet = packet_of({.ipv6 = ipv6});
    FlowRule rule;
    rule.l3 = ipv6 ? net::L3::kIpv6 : net::L3::kIpv4;
    rule.key.tos = 0x28;
    rule.mask.tos = 0xff;
    rule.queue = 2;
    Steering steering(1);
    ASSERT_TRUE(steering.add_rule(0, rule));
    EXPECT_EQ(steer(steering, packet).queue, 0);
    if (ipv6) {
      packet[14] = std::byte{0x62};
      packet[15] = std::byte{0x80};
    } else {
      packet[15] = std::byte{0x28};
    }
    EXPECT_EQ(steer(steering, packet).queue, 2);
  }
}

TEST(Steering, MatchesSecurityParametersAndSctpPorts) {
  struct Case {
    FlowRule::Protocol protocol;
    unsigned number;
    std::size_t spi_offset;
  };
  for (const Case& it : {Case{FlowRule::Protocol::kAh, 51, 4}, {FlowRule::Protocol::kEsp, 50, 0}}) {
    Bytes packet = packet_of({});
    packet[23] = static_cast<std::byte>(it.number);
    packet[34 + it.spi_offset + 3] = std::byte{0x42};
    const auto spi = static_cast<std::uint32_t>(packet[34 + it.spi_offset]) << 24 |
                     static_cast<std::uint32_t>(packet[35 + it.spi_offset]) << 16 |
                     static_cast<std::uint32_t>(packet[36 + it.spi_offset]) << 8 | 0x42;
    FlowRule rule;
    rule.protocol = it.protocol;
    rule.key.spi = spi;
    rule.mask.spi = ~0u;
    rule.queue = 4;
    Steering steering(1);
    ASSERT_TRUE(steering.add_rule(0, rule));
    EXPECT_EQ(steer(steering, packet).queue, 4);
    packet[34 + it.spi_offset + 3] = std::byte{0x43};
    EXPECT_EQ(steer(steering, packet).queue, 0);
  }
  Bytes sctp = packet_of({});
  sctp[23] = std::byte{132};
  FlowRule rule = port_rule(2000, 6);
  rule.protocol = FlowRule::Protocol::kSctp;
  Steering steering(1);
  ASSERT_TRUE(steering.add_rule(0, rule));
  EXPECT_EQ(steer(steering, sctp).queue, 6);
}

TEST(Steering, FragmentsMatchNoPorts) {
  Bytes fragment = packet_of({});
  fragment[20] = std::byte{0x20};
  Steering steering(2);
  ASSERT_TRUE(steering.add_rule(1, port_rule(2000, 1)));
  FlowRule port_zero = port_rule(0, 2);  // what an absent port must not be taken for
  ASSERT_TRUE(steering.add_rule(2, port_zero));
  EXPECT_EQ(steer(steering, fragment).queue, 0);
  ASSERT_TRUE(steering.delete_rule(2));
  FlowRule any_tcp;
  any_tcp.queue = 3;
  ASSERT_TRUE(steering.add_rule(2, any_tcp));
  EXPECT_EQ(steer(steering, fragment).queue, 3);
}

TEST(Steering, NotIpMatchesNoRule) {
  Bytes packet = packet_of({});
  packet[12] = std::byte{0x99};
  Steering steering(1);
  FlowRule any_tcp;
  any_tcp.queue = 5;
  ASSERT_TRUE(steering.add_rule(0, any_tcp));
  EXPECT_EQ(steer(steering, packet).queue, 0);
}

TEST(Steering, HashesWhatTheHashTypesSay) {
  using enum RssHashType;
  struct Case {
    PacketOptions options;
    std::uint16_t types;
    std::size_t hashed_bytes;  // 0: nothing
  };
  const Case cases[] = {
      {{}, bit(kTcpIpv4), 12},
      {{}, bit(kIpv4), 8},
      {{}, bit(kTcpIpv4) | bit(kIpv4), 12},
      {{}, bit(kUdpIpv4) | bit(kTcpIpv6) | bit(kIpv6), 0},
      {{.udp = true}, bit(kUdpIpv4), 12},
      {{.udp = true}, bit(kTcpIpv4), 0},
      {{.udp = true}, bit(kTcpIpv4) | bit(kIpv4), 8},
      {{.ipv6 = true}, bit(kTcpIpv6), 36},
      {{.ipv6 = true}, bit(kTcpIpv6Extended), 36},
      {{.ipv6 = true}, bit(kIpv6), 32},
      {{.ipv6 = true}, bit(kIpv6Extended), 32},
      {{.ipv6 = true}, bit(kTcpIpv4) | bit(kIpv4) | bit(kUdpIpv6), 0},
      {{.ipv6 = true, .udp = true}, bit(kUdpIpv6), 36},
      {{.ipv6 = true, .udp = true}, bit(kUdpIpv6Extended), 36},
  };
  for (const Case& it : cases) {
    const Bytes packet = packet_of(it.options);
    const RssConfig config = rss_config(it.types);
    Steering steering(0);
    steering.set_rss(config);
    const Steered steered = steer(steering, packet);
    // Addresses and ports lie side by side in a packet without options.
    const auto input = std::span(packet).subspan(it.options.ipv6 ? 22 : 26, it.hashed_bytes);
    const std::uint32_t hash =
        net::Toeplitz(std::span<const std::byte, kRssKeyBytes>(config.key)).hash(input);
    EXPECT_EQ(steered.rss_hash, hash);
    EXPECT_EQ(steered.queue, 1000 + hash % 128);
  }
}

TEST(Steering, FragmentsOfAFlowStayTogether) {
  using enum RssHashType;
  Bytes first = packet_of({});
  first[20] = std::byte{0x20};
  Bytes second = packet_of({.source_port = 4711});
  second[21] = std::byte{1};
  Steering steering(0);
  steering.set_rss(rss_config(bit(kIpv4) | bit(kTcpIpv4)));
  EXPECT_EQ(steer(steering, first).queue, steer(steering, second).queue);
  EXPECT_NE(steer(steering, first).rss_hash, 0u);
}

TEST(Steering, ResetForgetsEverything) {
  Steering steering(1);
  steering.set_rss(rss_config(bit(RssHashType::kTcpIpv4)));
  ASSERT_TRUE(steering.add_rule(0, port_rule(2000, 1)));
  steering.reset();
  EXPECT_FALSE(steering.rss().has_value());
  EXPECT_TRUE(steering.rules().empty());
  EXPECT_EQ(steer(steering, packet_of({})).queue, 0);
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
