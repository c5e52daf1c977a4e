// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/tap_offload.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "emulator/net/checksum.h"
#include "emulator/net/segment.h"
#include "emulator/wire/host_station.h"
#include "unit/emulator/wire/frames.h"

namespace nobounce::emulator::wire {
namespace {

struct Packet {
  net::PacketOptions options;
  Bytes payload;

  [[nodiscard]] Bytes bytes() const { return net::build_packet(options, payload); }
  /// As a NIC or kernel leaves it that leaves the checksum to others.
  [[nodiscard]] Bytes pending() const {
    Bytes bytes = net::build_packet(options, payload);
    const OwnedFrame parsed(bytes);
    net::set_lengths(std::span(bytes).first(parsed.frame().headers.size()), parsed.frame().layout,
                     parsed.frame().payload_bytes);
    return bytes;
  }
  [[nodiscard]] TapHeader needs_checksum() const {
    return {.flags = TapHeader::kNeedsChecksum,
            .checksum_start = static_cast<std::uint16_t>(net::l4_offset_of(options)),
            .checksum_offset = static_cast<std::uint16_t>(options.udp ? 6 : 16)};
  }
  [[nodiscard]] TapHeader to_segment(std::uint16_t segment_bytes) const {
    TapHeader header = needs_checksum();
    header.segmentation = options.ipv6 ? TapHeader::kTcpV6 : TapHeader::kTcpV4;
    header.header_bytes = static_cast<std::uint16_t>(net::header_bytes_of(options));
    header.segment_bytes = segment_bytes;
    return header;
  }
};

std::size_t load(FlatFrame& buffer, const Bytes& bytes) {
  std::ranges::copy(bytes, buffer.room().begin());
  return bytes.size();
}

TEST(TapHeader, LiesInMemoryAsSpecified) {
  const TapHeader header{.flags = 1,
                         .segmentation = 0x84,
                         .header_bytes = 0x0102,
                         .segment_bytes = 0x0304,
                         .checksum_start = 0x0506,
                         .checksum_offset = 0x0708};
  const TapHeader::Bytes expected = {std::byte{1}, std::byte{0x84}, std::byte{2}, std::byte{1},
                                     std::byte{4}, std::byte{3},    std::byte{6}, std::byte{5},
                                     std::byte{8}, std::byte{7}};
  EXPECT_EQ(header.bytes(), expected);
  EXPECT_EQ(TapHeader::read(expected), header);
}

TEST(TapOffload, APendingChecksumFromTheHostIsFilledIn) {
  net::Random random(1);
  FlatFrame buffer;
  for (int round = 0; round < 200; ++round) {
    const Packet packet{net::random_options(random),
                        net::random_bytes(random, net::up_to(random, 2000))};
    const std::size_t size = load(buffer, packet.pending());
    const auto frame = frame_of(buffer, size, packet.needs_checksum());
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->checksums, net::Checksums::kUnverified);
    EXPECT_EQ(net::verify_checksums(*frame), net::ChecksumVerdict::kGood);
    EXPECT_EQ(bytes_of(*frame), packet.bytes());
  }
}

TEST(TapOffload, WhatTheHostLeavesToBeSegmentedGoesOnSo) {
  net::Random random(2);
  FlatFrame buffer;
  for (int round = 0; round < 200; ++round) {
    Packet packet{net::random_options(random),
                  net::random_bytes(random, 1 + net::up_to(random, 60'000))};
    packet.options.udp = false;
    const auto mss = static_cast<std::uint16_t>(48 + net::up_to(random, 9000));
    TapHeader header = packet.to_segment(mss);
    if (net::up_to(random, 1) == 0) header.segmentation |= TapHeader::kEcn;
    const auto frame = frame_of(buffer, load(buffer, packet.pending()), header);
    ASSERT_TRUE(frame.has_value());
    const auto expected = net::slow_segments(packet.options, packet.payload, mss);
    if (expected.size() == 1) {
      EXPECT_EQ(frame->segment_bytes, 0U);
      EXPECT_EQ(frame->checksums, net::Checksums::kPending);
      continue;
    }
    ASSERT_TRUE(net::can_segment(*frame));
    net::Segmenter segments(*frame, mss);
    for (const Bytes& segment : expected) {
      const net::Frame* const next = segments.next();
      ASSERT_NE(next, nullptr);
      ASSERT_EQ(bytes_of(*next), segment);
    }
    EXPECT_EQ(segments.next(), nullptr);
  }
}

TEST(TapOffload, AHeaderThatDoesNotFitItsFrameIsRefused) {
  const Packet tcp{{}, Bytes(3000)};
  const Packet udp{{.udp = true}, Bytes(3000)};
  const Packet none{{}, Bytes{}};
  struct Refusal {
    const char* what;
    Bytes bytes;
    TapHeader header;
  };
  const auto changed = [](TapHeader header, auto&& change) {
    change(header);
    return header;
  };
  const std::vector<Refusal> refusals = {
      {"too short", Bytes(13), {}},
      {"longer than any NIC takes", Bytes(HostStation::kMaxFrameBytes + 1), {}},
      {"start behind the end", tcp.bytes(),
       changed(tcp.needs_checksum(), [](auto& header) { header.checksum_start = 3054; })},
      {"field across the end", tcp.bytes(),
       changed(tcp.needs_checksum(), [](auto& header) { header.checksum_offset = 3054 - 34 - 1; })},
      {"no TCP", udp.bytes(), udp.to_segment(1000)},
      {"the other version of IP", tcp.bytes(),
       changed(tcp.to_segment(1000), [](auto& header) { header.segmentation = 4; })},
      {"segmentation that we never offered", tcp.bytes(),
       changed(tcp.to_segment(1000), [](auto& header) { header.segmentation = 5; })},
      {"segments of none", tcp.bytes(), tcp.to_segment(0)},
      {"more segments than TCP would send", tcp.bytes(), tcp.to_segment(47)},
      {"segments that no NIC takes", tcp.bytes(), tcp.to_segment(HostStation::kMaxFrameBytes)},
      {"nothing to segment", none.bytes(), none.to_segment(1000)}};
  FlatFrame buffer;
  for (const Refusal& refusal : refusals) {
    const std::size_t size = load(buffer, refusal.bytes);
    EXPECT_FALSE(frame_of(buffer, size, refusal.header).has_value()) << refusal.what;
  }
}

TEST(TapOffload, WhateverAHeaderSaysTheFrameStaysWithinItsBytes) {
  net::Random random(5);
  FlatFrame buffer;
  std::uint64_t taken = 0;
  std::uint64_t segmented = 0;
  for (int round = 0; round < 5'000; ++round) {
    const Packet packet{net::random_options(random),
                        net::random_bytes(random, net::up_to(random, 2000))};
    Bytes bytes = packet.bytes();
    for (std::uint64_t flips = net::up_to(random, 3); flips != 0; --flips)
      bytes[net::up_to(random, std::min<std::size_t>(bytes.size(), 100) - 1)] ^= std::byte{0x41};
    bytes.resize(net::up_to(random, 3) == 0 ? net::up_to(random, bytes.size()) : bytes.size());
    TapHeader header = packet.to_segment(static_cast<std::uint16_t>(net::up_to(random, 1500)));
    if (net::up_to(random, 1) == 0) header.segmentation = 0;
    if (net::up_to(random, 3) == 0) header.checksum_start = static_cast<std::uint16_t>(random());
    if (net::up_to(random, 3) == 0) header.checksum_offset = static_cast<std::uint16_t>(random());
    const auto frame = frame_of(buffer, load(buffer, bytes), header);
    if (!frame) continue;
    ++taken;
    ASSERT_EQ(frame->headers.size() + frame->payload_bytes, bytes.size());
    ASSERT_EQ(frame->headers.data(), buffer.room().data());
    if (frame->segment_bytes == 0) continue;
    ++segmented;
    ASSERT_TRUE(net::can_segment(*frame));
    std::uint32_t payload_bytes = 0;
    net::Segmenter segments(*frame, frame->segment_bytes);
    while (const net::Frame* segment = segments.next()) {
      const OwnedFrame received(bytes_of(*segment));
      EXPECT_NE(net::verify_checksums(received.frame()), net::ChecksumVerdict::kBad);
      payload_bytes += segment->payload_bytes;
    }
    ASSERT_EQ(payload_bytes, frame->payload_bytes);
  }
  EXPECT_GT(taken, 1000U);
  EXPECT_GT(segmented, 200U);
}

TEST(TapOffload, TheHostIsToldWhatIsLeftToIt) {
  for (const bool ipv6 : {false, true}) {
    for (const bool udp : {false, true}) {
      const Packet packet{{.ipv6 = ipv6, .udp = udp}, Bytes(3000)};
      const OwnedFrame plain(packet.bytes());
      EXPECT_EQ(tap_header_of(plain.frame()), TapHeader{});
      const OwnedFrame owned(packet.pending(), 1000);
      EXPECT_EQ(host_can_segment(owned.frame()), !udp);
      if (!udp) {
        EXPECT_EQ(tap_header_of(owned.frame()), packet.to_segment(1000));
      }
      net::Frame pending = owned.frame();
      pending.segment_bytes = 0;
      EXPECT_EQ(tap_header_of(pending), packet.needs_checksum());
    }
  }
}

TEST(TapOffload, TheHostIsNotAskedToSegmentWhatItMayNotUnderstand) {
  const std::vector<Packet> packets = {{{.vlan_tags = 1}, Bytes(3000)},
                                       {{.ipv6 = true, .extension_bytes = 8}, Bytes(3000)},
                                       {{}, Bytes(65'500)}};
  for (const Packet& packet : packets) {
    const OwnedFrame owned(packet.pending(), 1000);
    EXPECT_FALSE(host_can_segment(owned.frame()));
  }
}

}  // namespace
}  // namespace nobounce::emulator::wire
