// SPDX-License-Identifier: Apache-2.0
#include "emulator/net/checksum.h"

#include <gtest/gtest.h>

#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::net {
namespace {

struct Whole {
  Bytes packet;
  std::vector<Piece> pieces;

  [[nodiscard]] Frame frame() {
    Frame frame;
    frame.layout = parse_headers(packet, static_cast<std::uint32_t>(packet.size()));
    frame.headers = std::span(packet).first(frame.layout.header_bytes);
    frame.payload_bytes = static_cast<std::uint32_t>(packet.size() - frame.headers.size());
    frame.payload = pieces;
    return frame;
  }
};

/// What a NIC that is asked for checksums does, and then who writes the frame out.
bool fill_checksums(std::span<std::byte> headers, Frame frame) {
  if (!leave_checksums_pending(headers, frame.layout, frame.payload_bytes)) return false;
  frame.checksums = Checksums::kPending;
  finish_checksums(headers, frame);
  return true;
}

Whole whole(Random& random, Bytes packet, std::size_t header_bytes) {
  Whole result{std::move(packet), {}};
  result.pieces = random_pieces(random, std::span(result.packet).subspan(header_bytes), 8);
  return result;
}

TEST(InternetChecksum, KnowsTheExampleOfRfc1071) {
  const Bytes bytes = {std::byte{0x00}, std::byte{0x01}, std::byte{0xf2}, std::byte{0x03},
                       std::byte{0xf4}, std::byte{0xf5}, std::byte{0xf6}, std::byte{0xf7}};
  InternetChecksum sum;
  sum.add(bytes);
  EXPECT_EQ(sum.sum(), 0xddf2);
}

TEST(InternetChecksum, PiecesOfAnyLengthGiveTheSumOfTheWhole) {
  Random random(3);
  for (int round = 0; round < 2000; ++round) {
    const Bytes bytes = random_bytes(random, up_to(random, 700));
    InternetChecksum sum;
    for (const Piece& piece : random_pieces(random, bytes, 1 + up_to(random, 12)))
      sum.add(piece);
    EXPECT_EQ(sum.checksum(), slow_checksum(bytes)) << bytes.size();
  }
}

TEST(InternetChecksum, AllOnesDoNotOverflow) {
  const Bytes bytes(1 << 20, std::byte{0xff});
  InternetChecksum sum;
  for (int i = 0; i < 64; ++i)
    sum.add(bytes);
  EXPECT_EQ(sum.sum(), 0xffff);
}

TEST(InternetChecksum, WordsJoinTheSum) {
  InternetChecksum sum;
  sum.add_word(0xfff0);
  sum.add_word(0x0020);
  EXPECT_EQ(sum.sum(), 0x0011);
}

TEST(FillChecksums, GivesWhatASlowSenderComputes) {
  Random random(4);
  for (int round = 0; round < 500; ++round) {
    const PacketOptions options = random_options(random);
    const Bytes right = build_packet(options, random_bytes(random, up_to(random, 3000)));
    Whole sent = whole(random, right, header_bytes_of(options));
    const Frame frame = sent.frame();
    const auto headers = std::span(sent.packet).first(frame.headers.size());
    const std::size_t field = frame.layout.l4_offset + (options.udp ? 6u : 16u);
    headers[field] = std::byte{0xaa};  // what a driver leaves there does not matter
    if (!options.ipv6) headers[frame.layout.l3_offset + 10u] = std::byte{0xbb};
    ASSERT_TRUE(fill_checksums(headers, frame));
    EXPECT_EQ(sent.packet, right);
  }
}

TEST(FillChecksums, SendsAUdpSumOfZeroAsAllOnes) {
  // Searches for payload whose sum is 0: one word decides it.
  for (unsigned word = 0; word <= 0xffff; ++word) {
    const Bytes payload = {static_cast<std::byte>(word >> 8), static_cast<std::byte>(word & 0xff)};
    Bytes packet = build_packet({.udp = true}, payload);
    if (packet[40] != std::byte{0xff} || packet[41] != std::byte{0xff}) continue;
    const HeaderLayout layout = parse_headers(packet, static_cast<std::uint32_t>(packet.size()));
    packet[40] = packet[41] = std::byte{0};
    const Piece piece(payload);
    const auto headers = std::span(packet).first(42);
    ASSERT_TRUE(fill_checksums(
        headers,
        {.headers = headers, .payload = {&piece, 1}, .payload_bytes = 2, .layout = layout}));
    EXPECT_EQ(packet[40], std::byte{0xff});
    EXPECT_EQ(packet[41], std::byte{0xff});
    return;
  }
  FAIL() << "no payload gives a sum of 0";
}

TEST(FillChecksums, LeavesFragmentsAndUnknownProtocolsAlone) {
  Bytes fragment = build_packet({}, Bytes(32));
  fragment[20] = std::byte{0x20};
  Bytes other = build_packet({}, Bytes(32));
  other[23] = std::byte{47};
  for (Bytes* packet : {&fragment, &other}) {
    const Bytes before = *packet;
    const HeaderLayout layout = parse_headers(*packet, static_cast<std::uint32_t>(packet->size()));
    EXPECT_FALSE(
        leave_checksums_pending(std::span(*packet).first(layout.header_bytes), layout, 32));
    EXPECT_EQ(*packet, before);
  }
}

TEST(FinishChecksums, TouchesOnlyFramesThatArePending) {
  Random random(16);
  const Bytes packet = build_packet({}, random_bytes(random, 100));
  for (const Checksums checksums : {Checksums::kGood, Checksums::kUnverified}) {
    Whole sent = whole(random, packet, 54);
    Frame frame = sent.frame();
    frame.checksums = checksums;
    Bytes headers(packet.begin(), packet.begin() + 54);
    headers[50] ^= std::byte{1};
    const Bytes before = headers;
    finish_checksums(headers, frame);
    EXPECT_EQ(headers, before);
  }
}

// What L4Checksum copies, and what it finds, against the same packet taken in one piece.
TEST(L4Checksum, CopiesAndSumsInOnePass) {
  Random random(17);
  for (int round = 0; round < 500; ++round) {
    const PacketOptions options = random_options(random);
    Bytes packet = build_packet(options, random_bytes(random, up_to(random, 3000)));
    const std::size_t field = l4_offset_of(options) + (options.udp ? 6u : 16u);
    const Bytes right(packet.begin() + static_cast<std::ptrdiff_t>(field),
                      packet.begin() + static_cast<std::ptrdiff_t>(field + 2));
    packet.resize(packet.size() + up_to(random, 5));  // link-layer padding is copied, not summed
    Whole sent = whole(random, packet, header_bytes_of(options));
    for (const Checksums checksums :
         {Checksums::kUnverified, Checksums::kPending, Checksums::kGood}) {
      Frame frame = sent.frame();
      frame.checksums = checksums;
      const auto headers = std::span(sent.packet).first(frame.headers.size());
      if (checksums == Checksums::kPending) {
        ASSERT_TRUE(leave_checksums_pending(headers, frame.layout, frame.payload_bytes));
      }
      L4Checksum sum(frame);
      Bytes copy(frame.payload_bytes);
      std::size_t at = 0;
      for (const Piece& piece : frame.payload) {
        sum.copy(copy.data() + at, piece);
        at += piece.size();
      }
      EXPECT_TRUE(std::equal(copy.begin(), copy.end(), packet.end() - frame.payload_bytes));
      EXPECT_EQ(sum.verdict(), ChecksumVerdict::kGood);
      sum.finish(headers);
      EXPECT_TRUE(std::equal(right.begin(), right.end(), &sent.packet[field]));
    }
  }
}

TEST(VerifyChecksums, AcceptsRightAndRefusesAnyFlippedBit) {
  Random random(5);
  for (int round = 0; round < 500; ++round) {
    const PacketOptions options = random_options(random);
    Bytes packet = build_packet(options, random_bytes(random, 1 + up_to(random, 200)));
    packet.resize(packet.size() + up_to(random, 5));  // link-layer padding is not summed
    Whole received = whole(random, packet, header_bytes_of(options));
    EXPECT_EQ(verify_checksums(received.frame()), ChecksumVerdict::kGood);

    const std::size_t payload = header_bytes_of(options);
    received.packet[payload] ^= static_cast<std::byte>(1u << up_to(random, 7));
    EXPECT_EQ(verify_checksums(received.frame()), ChecksumVerdict::kBad);
  }
}

TEST(VerifyChecksums, RefusesAWrongIpv4Header) {
  Bytes packet = build_packet({}, Bytes(8));
  packet[22] ^= std::byte{1};  // time to live: no part of the pseudo header
  Random random(6);
  Whole received = whole(random, packet, 54);
  EXPECT_EQ(verify_checksums(received.frame()), ChecksumVerdict::kBad);
}

TEST(VerifyChecksums, JudgesUdpWithoutChecksumByIpVersion) {
  Random random(7);
  for (const bool ipv6 : {false, true}) {
    const PacketOptions options{.ipv6 = ipv6, .udp = true};
    Bytes packet = build_packet(options, Bytes(8));
    packet[l4_offset_of(options) + 6] = packet[l4_offset_of(options) + 7] = std::byte{0};
    Whole received = whole(random, packet, header_bytes_of(options));
    EXPECT_EQ(verify_checksums(received.frame()),
              ipv6 ? ChecksumVerdict::kUnknown : ChecksumVerdict::kGood);
  }
}

TEST(VerifyChecksums, CallsWhatItCannotSumUnknown) {
  Random random(8);
  Bytes not_ip = build_packet({}, Bytes(8));
  not_ip[12] = std::byte{0x99};
  Bytes other = build_packet({.ipv6 = true}, Bytes(8));
  other[20] = std::byte{47};
  EXPECT_EQ(verify_checksums(whole(random, not_ip, 14).frame()), ChecksumVerdict::kUnknown);
  EXPECT_EQ(verify_checksums(whole(random, other, 54).frame()), ChecksumVerdict::kUnknown);
}

TEST(VerifyChecksums, KnowsIcmpOfBothVersions) {
  Random random(9);
  for (const bool ipv6 : {false, true}) {
    const PacketOptions options{.ipv6 = ipv6, .udp = true};
    Bytes packet = build_packet(options, random_bytes(random, 40));
    packet[ipv6 ? 20 : 23] = static_cast<std::byte>(ipv6 ? 58 : 1);
    Whole sent = whole(random, packet, header_bytes_of(options));
    const Frame frame = sent.frame();
    ASSERT_EQ(frame.layout.l4, L4::kIcmp);
    ASSERT_TRUE(fill_checksums(std::span(sent.packet).first(frame.headers.size()), frame));
    EXPECT_EQ(verify_checksums(frame), ChecksumVerdict::kGood);
    if (!ipv6) {  // ICMP for IPv4 sums its own bytes alone
      EXPECT_EQ(slow_checksum(std::span(sent.packet).subspan(34)), 0);
    }
    sent.packet.back() ^= std::byte{0x10};
    EXPECT_EQ(verify_checksums(frame), ChecksumVerdict::kBad);
  }
}

}  // namespace
}  // namespace nobounce::emulator::net
