// SPDX-License-Identifier: Apache-2.0
// The flow table against the obvious way: walk the rules by location and compare field by field.
#include "emulator/gvnic/flow_table.h"

#include <gtest/gtest.h>

#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::gvnic {
namespace {

using net::Bytes;
using net::PacketOptions;
using net::Random;
using net::up_to;
using Rules = std::map<std::uint32_t, FlowRule>;

struct ParsedPacket {
  explicit ParsedPacket(const PacketOptions& options)
      : bytes(net::build_packet(options, Bytes(32))) {
    frame.layout = net::parse_headers(bytes, static_cast<std::uint32_t>(bytes.size()));
    frame.headers = std::span(bytes).first(frame.layout.header_bytes);
  }

  Bytes bytes;
  net::Frame frame;
};

bool same(const std::byte* packet, const std::array<std::byte, 16>& key,
          const std::array<std::byte, 16>& mask, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    if (((packet[i] ^ key[i]) & mask[i]) != std::byte{0}) return false;
  }
  return true;
}

/// TCP and UDP without VLAN tags, IP options or extension headers: fields lie at fixed places.
bool slow_match(const FlowRule& rule, const PacketOptions& options, const Bytes& packet) {
  const bool rule_is_udp = rule.protocol == FlowRule::Protocol::kUdp;
  if ((rule.l3 == net::L3::kIpv6) != options.ipv6 || rule_is_udp != options.udp) return false;
  const std::size_t address_bytes = options.ipv6 ? 16 : 4;
  const std::byte* const source = packet.data() + (options.ipv6 ? 22 : 26);
  return same(source, rule.key.source_address, rule.mask.source_address, address_bytes) &&
         same(source + address_bytes, rule.key.destination_address, rule.mask.destination_address,
              address_bytes) &&
         ((options.source_port ^ rule.key.source_port) & rule.mask.source_port) == 0 &&
         ((options.destination_port ^ rule.key.destination_port) & rule.mask.destination_port) == 0;
}

std::optional<std::uint16_t> slow_find(const Rules& rules, const PacketOptions& options,
                                       const Bytes& packet) {
  for (const auto& [location, rule] : rules) {
    if (slow_match(rule, options, packet)) return rule.queue;
  }
  return std::nullopt;
}

PacketOptions random_flow(Random& random) {
  return {.ipv6 = up_to(random, 1) == 0,
          .udp = up_to(random, 1) == 0,
          .source_port = static_cast<std::uint16_t>(1000 + up_to(random, 3)),
          .destination_port = static_cast<std::uint16_t>(2000 + up_to(random, 7))};
}

/// A rule for a random flow that compares some of its fields, by a few masks or by any.
FlowRule random_rule(Random& random, bool few_masks) {
  const PacketOptions flow = random_flow(random);
  const ParsedPacket packet(flow);
  const std::size_t address_bytes = flow.ipv6 ? 16 : 4;
  FlowRule rule;
  rule.l3 = flow.ipv6 ? net::L3::kIpv6 : net::L3::kIpv4;
  rule.protocol = flow.udp ? FlowRule::Protocol::kUdp : FlowRule::Protocol::kTcp;
  rule.queue = static_cast<std::uint16_t>(up_to(random, 15));
  const auto any_mask = [&] { return static_cast<std::uint16_t>(random() & random()); };
  if (up_to(random, 1) == 0) {
    rule.key.source_port = flow.source_port;
    rule.mask.source_port = few_masks ? std::uint16_t{0xffff} : any_mask();
  }
  if (up_to(random, 3) != 0) {
    rule.key.destination_port = flow.destination_port;
    rule.mask.destination_port = few_masks ? std::uint16_t{0xffff} : any_mask();
  }
  if (up_to(random, 3) == 0) {
    const std::byte* const source = packet.bytes.data() + (flow.ipv6 ? 22 : 26);
    for (std::size_t i = 0; i < address_bytes; ++i) {
      rule.key.source_address[i] = source[i];
      rule.mask.source_address[i] =
          few_masks ? std::byte{0xff} : static_cast<std::byte>(random() & 0xff);
      if (i == 3 && up_to(random, 3) == 0) rule.key.source_address[i] ^= std::byte{1};
    }
  }
  return rule;
}

TEST(FlowTable, FindsWhatWalkingTheRulesFinds) {
  Random random(71);
  std::size_t found = 0;
  std::size_t not_found = 0;
  for (const std::size_t count : {1U, 2U, 16U, 200U, 1024U}) {
    for (const bool few_masks : {true, false}) {
      Rules rules;
      while (rules.size() < count)
        rules.emplace(up_to(random, 4000), random_rule(random, few_masks));
      FlowTable table;
      table.rebuild(rules);
      for (int tries = 0; tries < 300; ++tries) {
        const PacketOptions flow = random_flow(random);
        const ParsedPacket packet(flow);
        const auto expected = slow_find(rules, flow, packet.bytes);
        ASSERT_EQ(table.find(packet.frame), expected) << count << " rules, try " << tries;
        ++(expected ? found : not_found);
      }
    }
  }
  EXPECT_GT(found, 1000U);
  EXPECT_GT(not_found, 200U);
}

TEST(FlowTable, OfRulesThatMatchTheSameTheLowestLocationWins) {
  const PacketOptions flow{.destination_port = 2000};
  const ParsedPacket packet(flow);
  FlowRule rule;
  rule.key.destination_port = 2000;
  rule.mask.destination_port = 0xffff;
  FlowRule any;  // another mask, and so another group
  Rules rules;
  for (const std::uint32_t location : {9U, 4U, 6U}) {
    rule.queue = static_cast<std::uint16_t>(location);
    rules[location] = rule;
  }
  any.queue = 5;
  rules[5] = any;
  FlowTable table;
  table.rebuild(rules);
  EXPECT_EQ(table.find(packet.frame), 4);
  rules.erase(4);
  table.rebuild(rules);
  EXPECT_EQ(table.find(packet.frame), 5);
  rules.erase(5);
  table.rebuild(rules);
  EXPECT_EQ(table.find(packet.frame), 6);
  table.rebuild({});
  EXPECT_TRUE(table.is_empty());
  EXPECT_EQ(table.find(packet.frame), std::nullopt);
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
