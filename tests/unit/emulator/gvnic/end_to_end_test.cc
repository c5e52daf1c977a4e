// SPDX-License-Identifier: Apache-2.0
// A sending guest's rings to a receiving guest's, with seeded random packets: what arrives must be
// what a sender and a receiver without any offload would have exchanged.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>

#include "emulator/net/checksum.h"
#include "emulator/net/segment.h"
#include "unit/emulator/gvnic/driver_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using net::PacketOptions;
using net::Random;
using net::up_to;

struct Setting {
  std::uint32_t mtu;
  bool header_split;
  bool rsc;
  std::uint16_t buffer_bytes;
};

void PrintTo(const Setting& it, std::ostream* out) {
  *out << "mtu " << it.mtu << " split " << it.header_split << " rsc " << it.rsc << " buffers "
       << it.buffer_bytes;
}

std::vector<Setting> all_settings() {
  std::vector<Setting> settings;
  for (const std::uint32_t mtu : {1500u, 4148u}) {
    for (const bool header_split : {false, true}) {
      for (const bool rsc : {false, true}) {
        for (const std::uint16_t buffer_bytes : {std::uint16_t{2048}, std::uint16_t{4096}})
          settings.push_back({mtu, header_split, rsc, buffer_bytes});
      }
    }
  }
  return settings;
}

class EndToEndTest : public testing::TestWithParam<Setting>, private net::FrameSink {
 protected:
  static constexpr std::uint32_t kTxEntries = 256;

  EndToEndTest()
      : tx_driver_(sender_, kTxEntries),
        rx_driver_(receiver_,
                   {.entries = 64,
                    .buffer_bytes = GetParam().buffer_bytes,
                    .header_bytes = GetParam().header_split ? std::uint16_t{256} : std::uint16_t{0},
                    .rsc = GetParam().rsc}),
        tx_(std::move(TxQueue::create(tx_driver_.config(), sender_.memory())).value()),
        rx_(std::move(RxQueue::create(rx_driver_.config(), GetParam().mtu + 22, receiver_.memory()))
                .value()) {}

  /// Posts a random packet and notes what must arrive for it.
  void send() {
    PacketOptions options = net::random_options(random_);
    const std::size_t headers = net::header_bytes_of(options);
    const std::size_t most = GetParam().mtu + 14 + 4 * static_cast<unsigned>(options.vlan_tags);
    const auto mss = static_cast<std::uint16_t>(most - headers);
    const bool is_tso = up_to(random_, 1) == 0;
    const std::size_t payload_bytes =
        is_tso ? 1 + up_to(random_, 65'000) : up_to(random_, most - headers);
    const Bytes payload = net::random_bytes(random_, payload_bytes);
    Bytes packet = net::build_packet(options, payload);
    if (is_tso) {
      auto segments = net::slow_segments(options, payload, mss);
      for (Bytes& segment : segments)
        expect(std::move(segment));
    } else {
      expect(packet);
    }
    const bool offloads = is_tso || up_to(random_, 1) == 0;
    if (offloads) packet[net::l4_offset_of(options) + (options.udp ? 6u : 16u)] ^= std::byte{0x77};
    if (is_tso) {
      tx_driver_.put(tso_context(static_cast<std::uint32_t>(payload_bytes), mss,
                                 static_cast<std::uint8_t>(headers)));
    }
    if (up_to(random_, 1) == 0) tx_driver_.put(general_context());
    put_pieces(packet, offloads);
    ++tag_;
  }

  void expect(Bytes packet) { expected_[flow_of(packet)].push_back(std::move(packet)); }

  /// Order is kept within a flow, not between flows.
  static std::uint32_t flow_of(const Bytes& packet) {
    const auto layout = net::parse_headers(packet, static_cast<std::uint32_t>(packet.size()));
    return load_le<std::uint32_t>(&packet[layout.l4_offset]);
  }

  /// Cuts a packet into pieces that no two lie side by side.
  void put_pieces(const Bytes& packet, bool offloads) {
    auto pieces = net::random_pieces(random_, packet, 1 + up_to(random_, 5));
    std::vector<net::Piece> small;
    for (net::Piece piece : pieces) {
      for (; piece.size() > 16'383; piece = piece.subspan(16'383))
        small.push_back(piece.first(16'383));
      small.push_back(piece);
    }
    for (std::size_t i = 0; i < small.size(); ++i) {
      const std::uint64_t iova = sender_.allocate(small[i]);
      sender_.allocate(std::size_t{1} + up_to(random_, 9), 1);
      const bool is_last = i + 1 == small.size();
      tx_driver_.put(packet_descriptor(iova, static_cast<std::uint32_t>(small[i].size()),
                                       {.end = is_last,
                                        .checksum = offloads,
                                        .event = is_last,
                                        .tag = static_cast<std::uint16_t>(tag_)}));
    }
  }

  void accept(const net::Frame& frame) override { rx_->deliver(frame, {.rss_hash = 1}); }

  void process(unsigned first_tag) {
    tx_->ring_doorbell(tx_driver_.tail());
    ASSERT_EQ(tx_->process(1000, *this), TxQueue::Outcome::kIdle);
    for (const auto& completion : tx_driver_.reap()) {
      if (completion.type != TxDriver::kPacketCompletion) continue;
      EXPECT_EQ(completion.value, first_tag++ & 0xffff);
    }
    EXPECT_EQ(first_tag, tag_);
    EXPECT_EQ(tx_driver_.free_slots(), kTxEntries - 1);
  }

  /// Posts buffers and takes packets until no more come.
  void receive() {
    for (bool more = true; more;) {
      rx_driver_.post(1 + up_to(random_, 63));
      auto packets = take_turn();
      if (packets.empty()) {
        rx_driver_.post_all();
        packets = take_turn();
      }
      more = !packets.empty();
      for (const auto& packet : packets)
        check(packet);
    }
    for (const auto& [flow, packets] : expected_)
      EXPECT_TRUE(packets.empty()) << packets.size() << " did not arrive";
    expected_.clear();
  }

  std::vector<RxDriver::Packet> take_turn() {
    rx_->ring_doorbell(rx_driver_.tail());
    rx_->drain_backlog();
    while (rx_->end_turn()) {
    }
    return rx_driver_.reap();
  }

  void check(const RxDriver::Packet& packet) {
    EXPECT_TRUE(packet.checksums_verified);
    if (!packet.rsc) {
      check_segment(packet.bytes);
      return;
    }
    ++coalesced_;
    net::Frame frame;
    frame.layout =
        net::parse_headers(packet.bytes, static_cast<std::uint32_t>(packet.bytes.size()));
    frame.headers = std::span(packet.bytes).first(frame.layout.header_bytes);
    const net::Piece payload = std::span(packet.bytes).subspan(frame.layout.header_bytes);
    frame.payload = {&payload, 1};
    frame.payload_bytes = static_cast<std::uint32_t>(payload.size());
    frame.segment_bytes = static_cast<std::uint16_t>(packet.rsc_segment_bytes);
    frame.checksums = net::Checksums::kPending;
    ASSERT_TRUE(net::can_segment(frame));
    net::Segmenter segments(frame, frame.segment_bytes);
    while (const net::Frame* const segment = segments.next()) {
      Bytes bytes(segment->headers.begin(), segment->headers.end());
      for (const net::Piece& piece : segment->payload)
        bytes.insert(bytes.end(), piece.begin(), piece.end());
      net::finish_checksums(bytes, *segment);
      check_segment(bytes);
    }
  }

  void check_segment(const Bytes& bytes) {
    auto& expected = expected_[flow_of(bytes)];
    ASSERT_FALSE(expected.empty());
    EXPECT_EQ(bytes, expected.front());
    expected.pop_front();
  }

  Random random_{GetParam().mtu + 2u * GetParam().header_split + GetParam().rsc};
  GuestRam sender_{std::size_t{4} << 20};
  GuestRam receiver_{std::size_t{4} << 20};
  TxDriver tx_driver_;
  RxDriver rx_driver_;
  std::unique_ptr<TxQueue> tx_;
  std::unique_ptr<RxQueue> rx_;
  unsigned tag_ = 0;
  std::map<std::uint32_t, std::deque<Bytes>> expected_;  // by flow
  std::size_t coalesced_ = 0;
};

TEST_P(EndToEndTest, WhatIsSentArrives) {
  const std::uint64_t mark = sender_.next();
  for (int round = 0; round < 60; ++round) {
    const unsigned first_tag = tag_;
    for (auto packets = 1 + up_to(random_, 9); packets != 0; --packets)
      send();
    process(first_tag);
    receive();
    sender_.release_to(mark);
    if (HasFailure()) return;
  }
  // Both rings have wrapped several times, so both generations were seen.
  EXPECT_GT(tag_, kTxEntries);
  EXPECT_GT(rx_->statistics().packets, 4u * 64);
  EXPECT_EQ(coalesced_ != 0, GetParam().rsc);
  EXPECT_EQ(tx_->statistics().packets, tag_);
  EXPECT_EQ(tx_->statistics().dropped, 0u);
  EXPECT_EQ(rx_->statistics().dropped_no_buffers, 0u);
  EXPECT_EQ(rx_->statistics().dropped_invalid_checksum, 0u);
  EXPECT_EQ(rx_->statistics().dropped_over_mru, 0u);
}

INSTANTIATE_TEST_SUITE_P(Settings, EndToEndTest, testing::ValuesIn(all_settings()),
                         [](const auto& setting) {
                           const Setting& it = setting.param;
                           return "Mtu" + std::to_string(it.mtu) +
                                  (it.header_split ? "Split" : "") + (it.rsc ? "Rsc" : "") +
                                  "Buffers" + std::to_string(it.buffer_bytes);
                         });

}  // namespace
}  // namespace nobounce::emulator::gvnic
