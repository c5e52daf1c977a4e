// SPDX-License-Identifier: Apache-2.0
#include "emulator/net/headers.h"

#include <gtest/gtest.h>

#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::net {
namespace {

HeaderLayout parse(const Bytes& packet) {
  return parse_headers(packet, static_cast<std::uint32_t>(packet.size()));
}

void set_word(Bytes& packet, std::size_t at, unsigned value) {
  packet[at] = static_cast<std::byte>(value >> 8 & 0xff);
  packet[at + 1] = static_cast<std::byte>(value & 0xff);
}

TEST(ParseHeaders, FindsTheLayersOfAnyPacketWithinTheHeaderLimit) {
  Random random(1);
  for (int round = 0; round < 500; ++round) {
    const PacketOptions options = random_options(random);
    const Bytes payload = random_bytes(random, up_to(random, 100));
    const Bytes packet = build_packet(options, payload);
    const HeaderLayout layout = parse(packet);
    EXPECT_EQ(layout.l3, options.ipv6 ? L3::kIpv6 : L3::kIpv4);
    EXPECT_EQ(layout.l4, options.udp ? L4::kUdp : L4::kTcp);
    EXPECT_EQ(layout.ip_protocol, options.udp ? 17 : 6);
    EXPECT_EQ(layout.l3_offset, l3_offset_of(options));
    EXPECT_EQ(layout.l4_offset, l4_offset_of(options));
    EXPECT_EQ(layout.header_bytes, header_bytes_of(options));
    EXPECT_FALSE(layout.is_fragment);
    EXPECT_EQ(layout.has_ipv6_extension, options.ipv6 && options.extension_bytes != 0);
    EXPECT_EQ(l4_bytes(packet, layout, static_cast<std::uint32_t>(packet.size())),
              packet.size() - l4_offset_of(options));
  }
}

TEST(ParseHeaders, CutShortReportsWhatLiesBeforeTheCut) {
  const Bytes packet = build_packet({.vlan_tags = 1, .tcp_options_bytes = 12}, {});
  ASSERT_EQ(packet.size(), 14u + 4 + 20 + 32);
  const auto header_bytes_at = [&](std::size_t cut) {
    return parse_headers(std::span(packet).first(cut), static_cast<std::uint32_t>(packet.size()))
        .header_bytes;
  };
  const auto expected = [&](std::size_t cut) -> unsigned {
    if (cut < 14) return 0;
    if (cut < 18) return 14;
    if (cut < 38) return 18;
    if (cut < 70) return 38;
    return 70;
  };
  for (std::size_t cut = 0; cut <= packet.size(); ++cut)
    EXPECT_EQ(header_bytes_at(cut), expected(cut)) << cut;
}

TEST(ParseHeaders, PaddingDoesNotCountAsL4) {
  Bytes packet = build_packet({}, {});
  const std::size_t length = packet.size();
  packet.resize(60);
  EXPECT_EQ(parse(packet).header_bytes, length);
  EXPECT_EQ(l4_bytes(packet, parse(packet), 60), 20u);
}

TEST(ParseHeaders, ContradictionsEndTheParse) {
  const Bytes payload(16);
  const auto ipv4 = build_packet({}, payload);
  const auto ipv6 = build_packet({.ipv6 = true}, payload);
  const auto udp = build_packet({.udp = true}, payload);
  struct Case {
    const char* what;
    const Bytes& packet;
    std::size_t at;
    unsigned value;
    unsigned header_bytes;
  };
  const Case cases[] = {
      {"IPv4 version 5", ipv4, 14, 0x5500, 14},
      {"IPv4 header length below 20", ipv4, 14, 0x4400, 14},
      {"IPv4 total length below its header", ipv4, 16, 19, 14},
      {"IPv4 total length of 0 in a small frame", ipv4, 16, 0, 14},
      {"IPv4 total length above the frame", ipv4, 16, 57, 14},
      {"IPv4 without room for TCP", ipv4, 16, 39, 34},
      {"IPv6 version 4", ipv6, 14, 0x4000, 14},
      {"IPv6 payload length above the frame", ipv6, 18, 37, 14},
      {"IPv6 without payload", ipv6, 18, 0, 54},
      {"TCP data offset below 5", ipv4, 46, 0x4010, 34},
      {"TCP data offset above the packet", ipv4, 46, 0xf010, 34},
      {"UDP length below its header", udp, 38, 7, 34},
      {"UDP length above the packet", udp, 38, 25, 34},
  };
  for (const Case& bad : cases) {
    Bytes packet = bad.packet;
    set_word(packet, bad.at, bad.value);
    const HeaderLayout layout = parse(packet);
    EXPECT_EQ(layout.header_bytes, bad.header_bytes) << bad.what;
    EXPECT_EQ(layout.l4, L4::kNone) << bad.what;
  }
}

TEST(ParseHeaders, FragmentsHaveNoL4) {
  Bytes ipv4 = build_packet({}, Bytes(32));
  for (const unsigned flags : {0x2000u, 0x0001u, 0x1fffu}) {
    set_word(ipv4, 20, flags);
    const HeaderLayout layout = parse(ipv4);
    EXPECT_TRUE(layout.is_fragment);
    EXPECT_EQ(layout.l4, L4::kNone);
    EXPECT_EQ(layout.ip_protocol, kProtocolTcp);
    EXPECT_EQ(layout.header_bytes, 34);
  }

  Bytes ipv6 = build_packet({.ipv6 = true, .extension_bytes = 8}, Bytes(32));
  ipv6[20] = std::byte{44};  // the extension is a fragment header now
  set_word(ipv6, 56, 1);     // more fragments
  EXPECT_TRUE(parse(ipv6).is_fragment);
  EXPECT_EQ(parse(ipv6).l4, L4::kNone);
  set_word(ipv6, 56, 0);  // an atomic fragment is whole
  EXPECT_FALSE(parse(ipv6).is_fragment);
  EXPECT_EQ(parse(ipv6).l4, L4::kTcp);
}

TEST(ParseHeaders, UnusedRoutingHeaderHidesL4) {
  Bytes packet = build_packet({.ipv6 = true, .extension_bytes = 24}, Bytes(32));
  packet[20] = std::byte{43};
  packet[57] = std::byte{1};
  EXPECT_EQ(parse(packet).l4, L4::kOther);
  packet[57] = std::byte{0};
  EXPECT_EQ(parse(packet).l4, L4::kTcp);
}

TEST(ParseHeaders, EndlessExtensionsEnd) {
  Bytes packet = build_packet({.ipv6 = true}, Bytes(200));
  packet[20] = std::byte{0};
  std::fill(packet.begin() + 54, packet.end(), std::byte{0});  // hop-by-hop, over and over
  const HeaderLayout layout = parse(packet);
  EXPECT_EQ(layout.l4, L4::kNone);
  EXPECT_EQ(layout.header_bytes, 54 + 8 * 8);
}

TEST(ParseHeaders, KnowsOtherProtocols) {
  struct Case {
    unsigned protocol;
    bool ipv6;
    L4 l4;
    unsigned l4_header_bytes;
  };
  const Case cases[] = {{1, false, L4::kIcmp, 8},    {58, true, L4::kIcmp, 8},
                        {58, false, L4::kOther, 0},  {1, true, L4::kOther, 0},
                        {132, false, L4::kSctp, 12}, {50, true, L4::kOther, 8},
                        {51, false, L4::kOther, 12}, {47, true, L4::kOther, 0}};
  for (const Case& other : cases) {
    Bytes packet = build_packet({.ipv6 = other.ipv6, .udp = true}, Bytes(32));
    packet[other.ipv6 ? 20 : 23] = static_cast<std::byte>(other.protocol);
    const HeaderLayout layout = parse(packet);
    EXPECT_EQ(layout.l4, other.l4) << other.protocol;
    EXPECT_EQ(layout.header_bytes, layout.l4_offset + other.l4_header_bytes) << other.protocol;
    EXPECT_EQ(layout.ip_protocol, other.protocol);
  }
}

TEST(ParseHeaders, NotIpIsLinkLayerAlone) {
  Bytes packet = build_packet({}, {});
  set_word(packet, 12, 0x0806);
  const HeaderLayout layout = parse(packet);
  EXPECT_EQ(layout.l3, L3::kNone);
  EXPECT_EQ(layout.header_bytes, 14);
}

TEST(ParseHeaders, LengthOfZeroMeansToTheEndAbove64KiB) {
  for (const bool ipv6 : {false, true}) {
    const Bytes packet = build_packet({.ipv6 = ipv6}, Bytes(100'000));
    const HeaderLayout layout = parse(packet);
    EXPECT_EQ(layout.l4, L4::kTcp);
    EXPECT_EQ(l4_bytes(packet, layout, static_cast<std::uint32_t>(packet.size())), 100'020u);
  }
}

// What the sanitizers can't see is checked here: everything reported lies in what was given.
TEST(ParseHeaders, AnyBytesStayWithinBounds) {
  Random random(2);
  for (int round = 0; round < 20'000; ++round) {
    Bytes packet = build_packet(random_options(random), random_bytes(random, up_to(random, 40)));
    for (auto flips = up_to(random, 4); flips != 0; --flips) {
      packet[up_to(random, packet.size() - 1)] = static_cast<std::byte>(random() & 0xff);
    }
    const auto frame_bytes = static_cast<std::uint32_t>(up_to(random, 2 * packet.size()));
    const Bytes given(packet.begin(),
                      packet.begin() + static_cast<std::ptrdiff_t>(up_to(random, packet.size())));
    const HeaderLayout layout = parse_headers(given, frame_bytes);
    EXPECT_LE(layout.header_bytes, std::min<std::size_t>(given.size(), frame_bytes));
    EXPECT_LE(layout.l4_offset, layout.header_bytes);
    EXPECT_LE(layout.l3_offset, layout.header_bytes);
    if (layout.l4_offset != 0) {
      const std::uint32_t length = l4_bytes(given, layout, frame_bytes);
      EXPECT_LE(layout.l4_offset + length, frame_bytes);
      EXPECT_GE(layout.l4_offset + length, layout.header_bytes);
    }
  }
}

}  // namespace
}  // namespace nobounce::emulator::net
