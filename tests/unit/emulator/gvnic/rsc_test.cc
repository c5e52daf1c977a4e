// SPDX-License-Identifier: Apache-2.0
// Coalescing against a slow and obvious implementation: seeded random streams of segments, flows
// interleaved, with losses, duplicates, odd flags and sizes, wrong checksums. Each coalesced packet
// must be the same segments, and cut again give exactly these.
#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "base/bytes.h"
#include "emulator/gvnic/rsc_flow.h"
#include "emulator/net/checksum.h"
#include "emulator/net/segment.h"
#include "unit/emulator/gvnic/driver_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using net::PacketOptions;
using net::Random;
using net::up_to;

/// By addresses and ports, which no flow shares here: the destination port alone.
using FlowId = std::uint16_t;

FlowId flow_of(const Bytes& packet) {
  const auto layout = net::parse_headers(packet, static_cast<std::uint32_t>(packet.size()));
  return load_be<std::uint16_t>(&packet[layout.l4_offset + 2u]);
}

struct Segment {
  Bytes bytes;
  PacketOptions options;

  [[nodiscard]] std::size_t header_bytes() const { return net::header_bytes_of(options); }
  [[nodiscard]] std::size_t payload_bytes() const { return bytes.size() - header_bytes(); }
  [[nodiscard]] std::uint8_t flags() const {
    return static_cast<std::uint8_t>(bytes[net::l4_offset_of(options) + 13]);
  }
  /// The headers without what may differ within a coalesced packet.
  [[nodiscard]] Bytes fixed_headers() const {
    Bytes headers(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header_bytes()));
    const auto clear = [&](std::size_t at, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i)
        headers[at + i] = std::byte{0};
    };
    const std::size_t l3 = net::l3_offset_of(options);
    const std::size_t l4 = net::l4_offset_of(options);
    if (options.ipv6) {
      clear(l3 + 4, 2);
    } else {
      clear(l3 + 2, 4);
      clear(l3 + 10, 2);
    }
    clear(l4 + 4, 4);
    clear(l4 + 16, 2);
    headers[l4 + 13] &= ~std::byte{0x08};
    return headers;
  }
};

/// What a receiver that coalesces does, with plain vectors.
class SlowRsc {
 public:
  SlowRsc(std::size_t max_body_bytes, bool split)
      : max_body_bytes_(max_body_bytes), split_(split) {}

  /// A segment that turns out to be spoiled ends what it does not follow, as any other.
  void deliver(const Segment& segment, bool is_spoiled, std::uint64_t now_ns) {
    for (std::size_t i = open_.size(); i-- != 0;) {
      if (now_ns - open_[i].opened_ns > RscFlow::kMaxAgeNs) close(i);
    }
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (flow_of(open_[i].segments[0].bytes) != flow_of(segment.bytes)) continue;
      if (!follows(open_[i], segment)) {
        close(i);
        break;
      }
      if (is_spoiled) return;
      open_[i].segments.push_back(segment);
      open_[i].is_touched = true;
      if ((segment.flags() & 8) != 0 ||
          segment.payload_bytes() < open_[i].segments[0].payload_bytes()) {
        close(i);
      }
      return;
    }
    const PacketOptions& options = segment.options;
    const bool is_plain = segment.payload_bytes() != 0 &&
                          (options.ipv6 ? options.extension_bytes : options.ip_options_bytes) == 0;
    if (!is_plain || segment.flags() != 0x10) {
      if (!is_spoiled) done[flow_of(segment.bytes)].push_back({segment});
      return;
    }
    if (open_.size() == 8) close(0);
    if (is_spoiled) return;
    open_.push_back({.segments = {segment}, .opened_ns = now_ns, .is_touched = true});
  }

  bool end_turn() {
    for (std::size_t i = open_.size(); i-- != 0;) {
      if (!std::exchange(open_[i].is_touched, false)) close(i);
    }
    return !open_.empty();
  }

  /// Packets, each as its segments, by flow.
  std::map<FlowId, std::deque<std::vector<Segment>>> done;

 private:
  struct Open {
    std::vector<Segment> segments;
    std::uint64_t opened_ns;
    bool is_touched;
  };

  [[nodiscard]] bool follows(const Open& open, const Segment& next) const {
    const Segment& first = open.segments[0];
    const std::size_t mss = first.payload_bytes();
    const std::size_t payload = mss * open.segments.size();
    if (next.payload_bytes() == 0 || next.payload_bytes() > mss) return false;
    if ((next.flags() & ~8) != 0x10) return false;
    if (next.options.sequence != static_cast<std::uint32_t>(first.options.sequence + payload)) {
      return false;
    }
    const auto id = static_cast<std::uint16_t>(first.options.ip_id + open.segments.size());
    if (!first.options.ipv6 && next.options.ip_id != id) return false;
    const std::size_t bytes = payload + next.payload_bytes();
    const std::size_t ip_bytes = first.header_bytes() - net::l3_offset_of(first.options) + bytes;
    const std::size_t body_bytes = bytes + (split_ ? 0 : first.header_bytes());
    return ip_bytes <= 65535 && body_bytes <= max_body_bytes_ &&
           first.fixed_headers() == next.fixed_headers();
  }

  void close(std::size_t index) {
    Open& open = open_[index];
    done[flow_of(open.segments[0].bytes)].push_back(std::move(open.segments));
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  std::size_t max_body_bytes_;
  bool split_;
  std::vector<Open> open_;  // the oldest first
};

/// A sender of segments, of which nothing is ever acknowledged.
class Stream {
 public:
  Stream(Random& random, FlowId id) : random_(random) {
    options_ = net::random_options(random);
    options_.udp = false;
    options_.destination_port = id;
    options_.tcp_flags = 0x10;
    if (up_to(random, 4) != 0) options_.ip_options_bytes = options_.extension_bytes = 0;
    mss_ = 1 + up_to(random, up_to(random, 1) == 0 ? 4096 : 200);
  }

  Segment next() {
    if (up_to(random_, 30) == 0 && last_) return *last_;  // once more
    if (up_to(random_, 30) == 0) skip(mss_);              // one was lost
    Segment segment;
    segment.options = options_;
    if (up_to(random_, 20) == 0) segment.options.tcp_flags = 0x18;
    if (up_to(random_, 60) == 0) segment.options.tcp_flags = static_cast<std::uint8_t>(random_());
    std::size_t bytes = mss_;
    if (up_to(random_, 25) == 0) bytes = up_to(random_, mss_);
    if (up_to(random_, 60) == 0) bytes = mss_ + 1;
    segment.bytes = net::build_packet(segment.options, net::random_bytes(random_, bytes));
    if (up_to(random_, 25) == 0) change_a_header_byte(segment);
    skip(bytes);
    if (up_to(random_, 60) == 0) ++options_.ip_id;
    last_ = segment;
    return segment;
  }

 private:
  void skip(std::size_t bytes) {
    options_.sequence += static_cast<std::uint32_t>(bytes);
    ++options_.ip_id;
  }

  /// One that parsing does not depend on; the checksums are then right again.
  void change_a_header_byte(Segment& segment) {
    const std::size_t l3 = net::l3_offset_of(segment.options);
    const std::size_t l4 = net::l4_offset_of(segment.options);
    const std::size_t candidates[] = {0,                                      // MAC address
                                      l3 + (segment.options.ipv6 ? 3u : 1u),  // flow label, TOS
                                      l3 + (segment.options.ipv6 ? 7u : 8u),  // time to live
                                      l4 + 8,
                                      l4 + 14,
                                      l4 + 19};  // ACK, window, urgent
    Bytes& bytes = segment.bytes;
    bytes[candidates[up_to(random_, std::size(candidates) - 1)]] ^= std::byte{0x10};
    if (!segment.options.ipv6) {
      net::builder::put_at(bytes, l3 + 10, 0);
      const auto ip = std::span(bytes).subspan(l3, 20 + segment.options.ip_options_bytes);
      net::builder::put_at(bytes, l3 + 10, net::slow_checksum(ip));
    }
    net::builder::put_at(bytes, l4 + 16, 0);
    net::builder::put_at(bytes, l4 + 16, net::builder::l4_checksum(bytes, segment.options));
  }

  Random& random_;
  PacketOptions options_;
  std::size_t mss_;
  std::optional<Segment> last_;
};

struct Setting {
  bool split;
  std::uint16_t buffer_bytes;
};

void PrintTo(const Setting& it, std::ostream* out) {
  *out << "split " << it.split << " buffers " << it.buffer_bytes;
}

class RscTest : public testing::TestWithParam<Setting> {
 protected:
  static constexpr std::uint32_t kEntries = 512;

  RscTest()
      : driver_(ram_, {.entries = kEntries,
                       .buffer_bytes = GetParam().buffer_bytes,
                       .header_bytes = GetParam().split ? std::uint16_t{256} : std::uint16_t{0},
                       .rsc = true}),
        queue_(std::move(RxQueue::create(driver_.config(), 9018, ram_.memory())).value()),
        slow_(std::size_t{17} * GetParam().buffer_bytes, GetParam().split) {}

  /// As a frame of any of the three kinds; a wrong checksum makes one that is to be dropped.
  void deliver(const Segment& segment) {
    Bytes bytes = segment.bytes;
    net::Frame frame;
    frame.layout = net::parse_headers(bytes, static_cast<std::uint32_t>(bytes.size()));
    const auto headers = std::span(bytes).first(frame.layout.header_bytes);
    frame.headers = headers;
    const auto pieces = net::random_pieces(random_, std::span(bytes).subspan(headers.size()), 4);
    frame.payload = pieces;
    frame.payload_bytes = static_cast<std::uint32_t>(bytes.size() - headers.size());
    frame.checksums = net::Checksums(up_to(random_, 2));
    if (frame.checksums == net::Checksums::kPending) {
      ASSERT_TRUE(net::leave_checksums_pending(headers, frame.layout, frame.payload_bytes));
    }
    const bool spoil = frame.checksums == net::Checksums::kUnverified && up_to(random_, 20) == 0;
    if (spoil) bytes.back() ^= std::byte{0x40};
    spoiled_ += spoil ? 1 : 0;
    slow_.deliver(segment, spoil, now_ns_);
    queue_->deliver(frame, {.rss_hash = 7, .time_ns = now_ns_});
  }

  void receive() {
    for (const auto& packet : driver_.reap()) {
      ++packets_;
      bytes_ += packet.bytes.size();
      check(packet);
    }
    driver_.post_all();
    queue_->ring_doorbell(driver_.tail());
  }

  void check(const RxDriver::Packet& packet) {
    auto& flow = slow_.done[flow_of(packet.bytes)];
    ASSERT_FALSE(flow.empty());
    const std::vector<Segment> expected = std::move(flow.front());
    flow.pop_front();
    EXPECT_TRUE(packet.checksums_verified);
    ASSERT_EQ(packet.rsc, expected.size() > 1);
    segments_ += expected.size();
    if (!packet.rsc) {
      EXPECT_EQ(packet.bytes, expected[0].bytes);
      return;
    }
    ++coalesced_;
    coalesced_segments_ += expected.size();
    EXPECT_LE(packet.buffer_bytes.size(), 17u);
    EXPECT_EQ(packet.rsc_segment_bytes, expected[0].payload_bytes());
    const auto cut = cut_again(packet);
    ASSERT_EQ(cut.size(), expected.size());
    for (std::size_t i = 0; i < cut.size(); ++i)
      EXPECT_EQ(cut[i], expected[i].bytes) << i;
  }

  static std::vector<Bytes> cut_again(const RxDriver::Packet& packet) {
    net::Frame frame;
    frame.layout =
        net::parse_headers(packet.bytes, static_cast<std::uint32_t>(packet.bytes.size()));
    frame.headers = std::span(packet.bytes).first(frame.layout.header_bytes);
    const net::Piece payload = std::span(packet.bytes).subspan(frame.layout.header_bytes);
    frame.payload = {&payload, 1};
    frame.payload_bytes = static_cast<std::uint32_t>(payload.size());
    frame.segment_bytes = static_cast<std::uint16_t>(packet.rsc_segment_bytes);
    frame.checksums = net::Checksums::kPending;
    std::vector<Bytes> all;
    net::Segmenter segments(frame, frame.segment_bytes);
    while (const net::Frame* const segment = segments.next()) {
      Bytes bytes(segment->headers.begin(), segment->headers.end());
      for (const net::Piece& piece : segment->payload)
        bytes.insert(bytes.end(), piece.begin(), piece.end());
      net::finish_checksums(bytes, *segment);
      all.push_back(std::move(bytes));
    }
    return all;
  }

  Random random_{90u + GetParam().buffer_bytes + GetParam().split};
  GuestRam ram_;
  RxDriver driver_;
  std::unique_ptr<RxQueue> queue_;
  SlowRsc slow_;
  std::uint64_t now_ns_ = 1;
  std::uint64_t spoiled_ = 0;
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t segments_ = 0;
  std::uint64_t coalesced_ = 0;
  std::uint64_t coalesced_segments_ = 0;
};

TEST_P(RscTest, CoalescesAsASlowReceiverWould) {
  std::uint64_t sent = 0;
  receive();
  for (int round = 0; round < 40 && !HasFailure(); ++round) {
    std::vector<Stream> streams;
    for (std::uint64_t i = 0; i < 1 + up_to(random_, 10); ++i)
      streams.emplace_back(random_, static_cast<FlowId>(round * 100 + static_cast<int>(i)));
    std::size_t stream = 0;
    for (int step = 0; step < 300; ++step, ++sent) {
      if (up_to(random_, 3) == 0) stream = up_to(random_, streams.size() - 1);
      deliver(streams[stream].next());
      now_ns_ += up_to(random_, 20) == 0 ? up_to(random_, 30'000) : up_to(random_, 300);
      if (up_to(random_, 30) == 0) {
        EXPECT_EQ(queue_->end_turn(), slow_.end_turn());
      }
      if (up_to(random_, 10) == 0) receive();
    }
    while (queue_->end_turn()) {
    }
    while (slow_.end_turn()) {
    }
    receive();
    for (const auto& [flow, packets] : slow_.done)
      EXPECT_TRUE(packets.empty()) << "flow " << flow << " lacks " << packets.size();
  }
  EXPECT_GT(coalesced_, 500u);
  const RxStatistics& counted = queue_->statistics();
  EXPECT_EQ(counted.packets, packets_);
  EXPECT_EQ(counted.bytes, bytes_);
  EXPECT_EQ(counted.rsc_packets, coalesced_);
  EXPECT_EQ(counted.rsc_segments, coalesced_segments_);
  EXPECT_EQ(counted.dropped_invalid_checksum, spoiled_);
  EXPECT_EQ(counted.waiting, 0u);
  EXPECT_EQ(counted.header_split_packets, GetParam().split ? packets_ : 0);
  EXPECT_EQ(sent, segments_ + spoiled_);
  EXPECT_EQ(counted.dropped_no_buffers + counted.dropped_over_mru + counted.dropped_queue_ended,
            0u);
}

INSTANTIATE_TEST_SUITE_P(Settings, RscTest,
                         testing::Values(Setting{false, 2048}, Setting{false, 4096},
                                         Setting{true, 2048}, Setting{true, 4096}),
                         [](const auto& setting) {
                           return std::string(setting.param.split ? "Split" : "Whole") +
                                  std::to_string(setting.param.buffer_bytes);
                         });

}  // namespace
}  // namespace nobounce::emulator::gvnic
