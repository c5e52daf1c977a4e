// SPDX-License-Identifier: Apache-2.0
#include "emulator/net/segment.h"

#include <gtest/gtest.h>

#include "emulator/net/checksum.h"
#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::net {
namespace {

Bytes flatten(const Frame& frame) {
  Bytes bytes(frame.headers.begin(), frame.headers.end());
  finish_checksums(bytes, frame);
  for (const Piece& piece : frame.payload)
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  EXPECT_EQ(bytes.size(), frame.headers.size() + frame.payload_bytes);
  return bytes;
}

Frame frame_of(const Bytes& packet, const std::vector<Piece>& payload, std::uint16_t mss) {
  Frame frame;
  frame.layout = parse_headers(packet, static_cast<std::uint32_t>(packet.size()));
  frame.headers = std::span(packet).first(frame.layout.header_bytes);
  frame.payload = payload;
  frame.payload_bytes = static_cast<std::uint32_t>(packet.size() - frame.headers.size());
  frame.segment_bytes = mss;
  return frame;
}

TEST(Segmenter, CutsAsASlowSenderWould) {
  Random random(11);
  for (int round = 0; round < 200; ++round) {
    const PacketOptions options = random_options(random);
    const auto mss = static_cast<std::uint16_t>(88 + up_to(random, 4000));
    const Bytes payload = random_bytes(random, 1 + up_to(random, 70'000));
    const Bytes packet = build_packet(options, payload);
    const auto pieces =
        random_pieces(random, std::span(packet).subspan(header_bytes_of(options)), 20);
    const Frame frame = frame_of(packet, pieces, mss);
    ASSERT_TRUE(can_segment(frame));
    Segmenter segmenter(frame, mss);
    for (const Bytes& expected : slow_segments(options, payload, mss)) {
      const Frame* const segment = segmenter.next();
      ASSERT_NE(segment, nullptr);
      EXPECT_EQ(segment->segment_bytes, 0);
      EXPECT_EQ(segment->checksums, Checksums::kPending);
      EXPECT_EQ(flatten(*segment), expected);
    }
    EXPECT_EQ(segmenter.next(), nullptr);
  }
}

// Cutting twice must be the same as cutting once, whatever the parts in between.
TEST(Segmenter, LargerPartsCanBeCutAgain) {
  Random random(12);
  for (int round = 0; round < 50; ++round) {
    PacketOptions options = random_options(random);
    options.udp = false;
    const auto mss = static_cast<std::uint16_t>(88 + up_to(random, 2000));
    const Bytes payload = random_bytes(random, 1 + up_to(random, 200'000));
    const Bytes packet = build_packet(options, payload);
    const auto pieces =
        random_pieces(random, std::span(packet).subspan(header_bytes_of(options)), 20);
    const Frame frame = frame_of(packet, pieces, mss);
    const auto expected = slow_segments(options, payload, mss);
    std::size_t at = 0;
    Segmenter parts(frame, static_cast<std::uint32_t>(mss * (1 + up_to(random, 15))));
    while (const Frame* const part = parts.next()) {
      if (part->segment_bytes == 0) {
        EXPECT_LE(part->payload_bytes, mss);
        EXPECT_EQ(flatten(*part), expected.at(at++));
        continue;
      }
      EXPECT_EQ(parse_headers(flatten(*part), static_cast<std::uint32_t>(part->headers.size()) +
                                                  part->payload_bytes)
                    .l4,
                L4::kTcp);
      Segmenter segments(*part, mss);
      while (const Frame* const segment = segments.next())
        EXPECT_EQ(flatten(*segment), expected.at(at++));
    }
    EXPECT_EQ(at, expected.size());
  }
}

TEST(Segmenter, RefusesWhatItCannotCut) {
  const Bytes tcp = build_packet({}, Bytes(3000));
  const Piece payload = std::span(tcp).subspan(54);
  EXPECT_TRUE(can_segment(frame_of(tcp, {payload}, 1000)));
  EXPECT_FALSE(can_segment(frame_of(tcp, {payload}, 0)));
  Bytes icmp = tcp;
  icmp[23] = std::byte{1};
  EXPECT_FALSE(can_segment(frame_of(icmp, {payload}, 1000)));
  Bytes fragment = tcp;
  fragment[20] = std::byte{0x20};
  EXPECT_FALSE(can_segment(frame_of(fragment, {payload}, 1000)));
  EXPECT_FALSE(can_segment(frame_of(tcp, std::vector<Piece>(kMaxPieces + 1, payload), 1000)));
}

TEST(SetLengths, LeavesThePseudoHeaderSumForTheOneWhoSegments) {
  for (const bool ipv6 : {false, true}) {
    const PacketOptions options{.ipv6 = ipv6};
    const Bytes right = build_packet(options, Bytes(5000, std::byte{0x5a}));
    Bytes packet = build_packet(options, {});
    const HeaderLayout layout = parse_headers(packet, static_cast<std::uint32_t>(packet.size()));
    set_lengths(packet, layout, 5000);
    const std::size_t field = layout.l4_offset + 16u;
    // Summing L4 over the pseudo header's sum gives the checksum of the whole.
    packet.insert(packet.end(), 5000, std::byte{0x5a});
    const std::uint16_t sum = slow_checksum(std::span(packet).subspan(layout.l4_offset));
    EXPECT_EQ(sum >> 8, static_cast<int>(right[field]));
    EXPECT_EQ(sum & 0xff, static_cast<int>(right[field + 1]));
    packet[field] = right[field];
    packet[field + 1] = right[field + 1];
    EXPECT_EQ(packet, right);
  }
}

}  // namespace
}  // namespace nobounce::emulator::net
