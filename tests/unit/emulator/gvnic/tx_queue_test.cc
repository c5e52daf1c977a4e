// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/tx_queue.h"

#include <gtest/gtest.h>

#include <functional>

#include "emulator/net/checksum.h"
#include "unit/emulator/gvnic/driver_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using net::PacketOptions;

struct Sent {
  Bytes bytes;
  unsigned segment_bytes = 0;
  bool checksums_are_good = false;
};

class Capture final : public net::FrameSink {
 public:
  void accept(const net::Frame& frame) override {
    Sent sent{.bytes = Bytes(frame.headers.begin(), frame.headers.end()),
              .segment_bytes = frame.segment_bytes,
              .checksums_are_good = frame.checksums != net::Checksums::kUnverified};
    for (const net::Piece& piece : frame.payload) {
      EXPECT_FALSE(piece.empty());
      sent.bytes.insert(sent.bytes.end(), piece.begin(), piece.end());
    }
    EXPECT_EQ(sent.bytes.size(), frame.headers.size() + frame.payload_bytes);
    net::finish_checksums(sent.bytes, frame);
    frames.push_back(std::move(sent));
  }
  std::vector<Sent> frames;
};

class TxQueueTest : public testing::Test {
 protected:
  explicit TxQueueTest(std::uint32_t entries = 64, std::optional<std::uint32_t> completions = {})
      : driver_(ram_, entries, completions),
        queue_(std::move(TxQueue::create(driver_.config(), ram_.memory())).value()) {}

  TxQueue::Outcome process(std::uint32_t budget = 1000) {
    queue_->ring_doorbell(driver_.tail());
    return queue_->process(budget, sent_);
  }
  void put_frame(const Bytes& frame, PacketBits bits = {}) {
    driver_.put(
        packet_descriptor(ram_.allocate(frame), static_cast<std::uint32_t>(frame.size()), bits));
  }

  GuestRam ram_;
  TxDriver driver_;
  std::unique_ptr<TxQueue> queue_;
  Capture sent_;
};

Bytes wrong_checksum(Bytes packet, const PacketOptions& options) {
  packet[net::l4_offset_of(options) + (options.udp ? 6u : 16u)] ^= std::byte{0xff};
  return packet;
}

TEST_F(TxQueueTest, SendsAFrameAsItIsAndCompletesIt) {
  const Bytes frame = net::build_packet({}, Bytes(100, std::byte{7}));
  put_frame(frame, {.tag = 1234});
  EXPECT_EQ(process(), TxQueue::Outcome::kIdle);
  ASSERT_EQ(sent_.frames.size(), 1u);
  EXPECT_EQ(sent_.frames[0].bytes, frame);
  EXPECT_FALSE(sent_.frames[0].checksums_are_good);
  const auto completions = driver_.reap();
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].type, TxDriver::kPacketCompletion);
  EXPECT_EQ(completions[0].queue, driver_.config().id);
  EXPECT_EQ(completions[0].value, 1234u);
  EXPECT_TRUE(queue_->take_interrupt_request());
  EXPECT_FALSE(queue_->take_interrupt_request());
  EXPECT_EQ(queue_->statistics().packets, 1u);
  EXPECT_EQ(queue_->statistics().bytes, frame.size());
}

TEST_F(TxQueueTest, FillsInChecksumsWhenAsked) {
  for (const bool udp : {false, true}) {
    const PacketOptions options{.ipv6 = udp, .udp = udp};
    const Bytes right = net::build_packet(options, Bytes(777, std::byte{9}));
    put_frame(wrong_checksum(right, options), {.checksum = true});
    process();
    EXPECT_EQ(sent_.frames.back().bytes, right);
    EXPECT_TRUE(sent_.frames.back().checksums_are_good);
  }
}

TEST_F(TxQueueTest, ChecksumOffloadOfAnUnknownProtocolLeavesTheFrameUnverified) {
  Bytes frame = net::build_packet({}, Bytes(64));
  frame[23] = std::byte{47};
  put_frame(frame, {.checksum = true});
  process();
  ASSERT_EQ(sent_.frames.size(), 1u);
  EXPECT_EQ(sent_.frames[0].bytes, frame);
  EXPECT_FALSE(sent_.frames[0].checksums_are_good);
}

TEST_F(TxQueueTest, EventComesBeforeThePacketCompletionAndNamesTheNextIndex) {
  put_frame(net::build_packet({}, {}), {.tag = 1});
  put_frame(net::build_packet({}, {}), {.event = true, .tag = 2});
  process();
  const auto completions = driver_.reap();
  ASSERT_EQ(completions.size(), 3u);
  EXPECT_EQ(completions[0].value, 1u);
  EXPECT_EQ(completions[1].type, TxDriver::kDescriptorCompletion);
  EXPECT_EQ(completions[1].value, 2u);
  EXPECT_EQ(completions[2].type, TxDriver::kPacketCompletion);
  EXPECT_EQ(completions[2].value, 2u);
}

TEST_F(TxQueueTest, PacketWaitsForItsLastDescriptor) {
  const Bytes frame = net::build_packet({}, Bytes(200, std::byte{3}));
  const std::uint64_t iova = ram_.allocate(frame);
  driver_.put(general_context());
  EXPECT_EQ(process(), TxQueue::Outcome::kIdle);
  driver_.put(packet_descriptor(iova, 100, {.end = false}));
  EXPECT_EQ(process(), TxQueue::Outcome::kIdle);
  EXPECT_TRUE(sent_.frames.empty());
  driver_.put(packet_descriptor(iova + 100, static_cast<std::uint32_t>(frame.size()) - 100));
  EXPECT_EQ(process(), TxQueue::Outcome::kIdle);
  ASSERT_EQ(sent_.frames.size(), 1u);
  EXPECT_EQ(sent_.frames[0].bytes, frame);
}

TEST_F(TxQueueTest, KeepsToItsBudget) {
  for (int i = 0; i < 3; ++i)
    put_frame(net::build_packet({}, {}));
  EXPECT_EQ(process(2), TxQueue::Outcome::kBudgetSpent);
  EXPECT_EQ(sent_.frames.size(), 2u);
  EXPECT_EQ(process(1), TxQueue::Outcome::kIdle);
  EXPECT_EQ(sent_.frames.size(), 3u);
}

TEST_F(TxQueueTest, TsoFrameGetsHeadersThatAreRightForTheWhole) {
  for (const std::size_t payload_bytes : {500u, 30'000u, 200'000u}) {
    const PacketOptions options{.tcp_options_bytes = 12};
    const Bytes right = net::build_packet(options, Bytes(payload_bytes, std::byte{5}));
    const std::uint64_t iova = ram_.allocate(wrong_checksum(right, options));
    driver_.put(tso_context(static_cast<std::uint32_t>(payload_bytes), 1448, 66));
    driver_.put(general_context());
    for (std::size_t at = 0; at < right.size(); at += 16'000) {
      const std::size_t left = right.size() - at;
      driver_.put(packet_descriptor(iova + at,
                                    static_cast<std::uint32_t>(std::min<std::size_t>(left, 16'000)),
                                    {.end = left <= 16'000}));
    }
    process();
    ASSERT_FALSE(queue_->faulted());
    const Sent& sent = sent_.frames.back();
    EXPECT_TRUE(sent.checksums_are_good);
    EXPECT_EQ(sent.segment_bytes, payload_bytes > 1448 ? 1448 : 0);
    EXPECT_EQ(sent.bytes, right);
  }
  EXPECT_EQ(queue_->statistics().tso_frames, 3u);
}

TEST_F(TxQueueTest, ATsoFrameTakesItsSegmentsOffTheBudget) {
  const std::uint64_t iova = ram_.allocate(net::build_packet({}, Bytes(1000)));
  for (int i = 0; i < 4; ++i) {
    driver_.put(tso_context(1000, 100, 54));
    driver_.put(packet_descriptor(iova, 1054));
  }
  EXPECT_EQ(process(11), TxQueue::Outcome::kBudgetSpent);
  EXPECT_EQ(sent_.frames.size(), 2u);
  EXPECT_EQ(process(20), TxQueue::Outcome::kIdle);
  EXPECT_EQ(sent_.frames.size(), 4u);
}

TEST_F(TxQueueTest, FramesThatNoWireCarriesAreCompletedAndDropped) {
  put_frame(Bytes(16, std::byte{1}), {.tag = 1});
  const std::uint64_t large = ram_.allocate(Bytes(9729));
  driver_.put(packet_descriptor(large, 9729, {.tag = 2}));
  // Segmentation of what is no TCP: the payload is the user's, so the queue lives.
  Bytes not_ip = net::build_packet({}, Bytes(1000));
  not_ip[12] = std::byte{0x99};
  driver_.put(tso_context(1000, 500, 54));
  put_frame(not_ip, {.tag = 3});
  // A header length that is not the TCP header's end.
  driver_.put(tso_context(1002, 500, 52));
  put_frame(net::build_packet({}, Bytes(1000)), {.tag = 4});
  EXPECT_EQ(process(), TxQueue::Outcome::kIdle);
  EXPECT_TRUE(sent_.frames.empty());
  EXPECT_EQ(queue_->statistics().dropped, 4u);
  EXPECT_EQ(driver_.reap().size(), 4u);
  put_frame(Bytes(17, std::byte{1}));
  put_frame(Bytes(9728, std::byte{1}));
  process();
  EXPECT_EQ(sent_.frames.size(), 2u);
}

struct Hostile {
  const char* name;
  std::function<std::vector<RawDescriptor>(std::uint64_t iova, std::uint64_t end)> descriptors;
};

void PrintTo(const Hostile& hostile, std::ostream* out) {
  *out << hostile.name;
}

class HostileTxTest : public TxQueueTest, public testing::WithParamInterface<Hostile> {};

// A frame of 54 header bytes and 2946 of payload lies at `iova`.
const Hostile kHostile[] = {
    {"UnknownType",
     [](auto iova, auto) {
       auto raw = packet_descriptor(iova, 100);
       raw[8] = std::byte{0x2f};
       return std::vector{raw};
     }},
    {"BelowMemory",
     [](auto, auto) { return std::vector{packet_descriptor(GuestRam::kBase - 100, 100)}; }},
    {"CrossesTheEnd", [](auto, auto end) { return std::vector{packet_descriptor(end - 99, 100)}; }},
    {"WrapsAround", [](auto, auto) { return std::vector{packet_descriptor(~0ull - 50, 100)}; }},
    {"EmptyPiece",
     [](auto iova, auto) {
       return std::vector{packet_descriptor(iova, 100, {.end = false}), packet_descriptor(iova, 0)};
     }},
    {"TwoTsoContexts",
     [](auto iova, auto) {
       return std::vector{tso_context(2946, 1000, 54), tso_context(2946, 1000, 54),
                          packet_descriptor(iova, 3000)};
     }},
    {"TwoGeneralContexts",
     [](auto iova, auto) {
       return std::vector{general_context(), general_context(), packet_descriptor(iova, 3000)};
     }},
    {"ContextInsideAPacket",
     [](auto iova, auto) {
       return std::vector{packet_descriptor(iova, 100, {.end = false}), general_context(),
                          packet_descriptor(iova, 100)};
     }},
    {"MssOfZero",
     [](auto iova, auto) {
       return std::vector{tso_context(2946, 0, 54), packet_descriptor(iova, 3000)};
     }},
    {"MssTooSmall",
     [](auto iova, auto) {
       return std::vector{tso_context(2946, 87, 54), packet_descriptor(iova, 3000)};
     }},
    {"MssTooLarge",
     [](auto iova, auto) {
       return std::vector{tso_context(2946, 9729, 54), packet_descriptor(iova, 3000)};
     }},
    {"HeaderLengthOfZero",
     [](auto iova, auto) {
       return std::vector{tso_context(3000, 1000, 0), packet_descriptor(iova, 3000)};
     }},
    {"HeaderLongerThanTheFrame",
     [](auto iova, auto) {
       return std::vector{tso_context(1, 1000, 255), packet_descriptor(iova, 100)};
     }},
    {"PayloadLengthTooSmall",
     [](auto iova, auto) {
       return std::vector{tso_context(2945, 1000, 54), packet_descriptor(iova, 3000)};
     }},
    {"PayloadLengthTooLarge",
     [](auto iova, auto) {
       return std::vector{tso_context(2947, 1000, 54), packet_descriptor(iova, 3000)};
     }},
    {"PayloadLengthOfZero",
     [](auto iova, auto) {
       return std::vector{tso_context(0, 1000, 54), packet_descriptor(iova, 54)};
     }},
    {"PayloadAboveTheLimit",
     [](auto iova, auto) {
       return std::vector{tso_context(0x40000, 1000, 54), packet_descriptor(iova, 3000)};
     }},
    {"FullRingWithoutAnEnd",
     [](auto iova, auto) { return std::vector(63, packet_descriptor(iova, 100, {.end = false})); }},
};

TEST_P(HostileTxTest, EndsTheQueueAndIsCounted) {
  const std::uint64_t iova = ram_.allocate(net::build_packet({}, Bytes(2946)));
  for (const RawDescriptor& raw : GetParam().descriptors(iova, ram_.end()))
    driver_.put(raw);
  EXPECT_EQ(process(), TxQueue::Outcome::kFaulted);
  EXPECT_TRUE(queue_->faulted());
  EXPECT_EQ(queue_->statistics().malformed, 1u);
  EXPECT_TRUE(sent_.frames.empty());
  EXPECT_TRUE(driver_.reap().empty());
  EXPECT_EQ(process(), TxQueue::Outcome::kFaulted);
}

INSTANTIATE_TEST_SUITE_P(Descriptors, HostileTxTest, testing::ValuesIn(kHostile),
                         [](const auto& hostile) { return std::string(hostile.param.name); });

TEST_F(TxQueueTest, DoorbellBeyondTheRingEndsTheQueue) {
  queue_->ring_doorbell(64);
  EXPECT_TRUE(queue_->faulted());
  EXPECT_EQ(queue_->process(1, sent_), TxQueue::Outcome::kFaulted);
}

TEST_F(TxQueueTest, RingThatIsUnmappedLaterEndsTheQueue) {
  put_frame(net::build_packet({}, {}));
  ram_.memory().unmap_all();
  EXPECT_EQ(process(), TxQueue::Outcome::kFaulted);
}

class ManyPiecesTest : public TxQueueTest {
 protected:
  ManyPiecesTest() : TxQueueTest(1024) {}
};

TEST_F(ManyPiecesTest, TsoFrameMayHaveAsManyPiecesAsAFrameHoldsAndNoMore) {
  const Bytes packet = net::build_packet({}, Bytes(30'000, std::byte{8}));
  const std::uint64_t iova = ram_.allocate(packet);
  for (const std::size_t pieces : {net::kMaxPieces, net::kMaxPieces + 1}) {
    driver_.put(tso_context(30'000, 500, 54));
    for (std::size_t i = 0; i + 1 < pieces; ++i)
      driver_.put(packet_descriptor(iova + i * 100, 100, {.end = false}));
    driver_.put(packet_descriptor(iova + (pieces - 1) * 100,
                                  static_cast<std::uint32_t>(packet.size() - (pieces - 1) * 100)));
    process();
    EXPECT_EQ(queue_->faulted(), pieces > net::kMaxPieces);
  }
  ASSERT_EQ(sent_.frames.size(), 1u);
  EXPECT_EQ(sent_.frames[0].bytes, packet);
}

/// Pieces of a packet, and whether its segments keep to ten descriptors each.
struct Scatter {
  const char* name;
  std::uint16_t mss;
  std::vector<std::uint32_t> pieces;
  bool is_sent;
};

// The headers, 54 bytes, count as one descriptor of each segment.
const Scatter kScatters[] = {
    {"as it is, in ten", 0, std::vector<std::uint32_t>(10, 100), true},
    {"as it is, in eleven", 0, std::vector<std::uint32_t>(11, 100), false},
    {"nine for a segment", 900, {54, 100, 100, 100, 100, 100, 100, 100, 100, 1000}, true},
    {"ten for the first", 901, {54, 100, 100, 100, 100, 100, 100, 100, 100, 100, 1000}, false},
    {"nine for each", 900, {54, 100, 100, 100, 100, 100, 100, 100, 100, 100, 1000}, true},
    {"headers in the first piece", 900, {154, 100, 100, 100, 100, 100, 100, 100, 100, 900}, true},
    {"ten for a later one", 900, {1854, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90}, false},
    {"split between segments", 900, {1904, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85}, false},
};

TEST_F(ManyPiecesTest, ASegmentInMoreDescriptorsThanTheHardwareHasIsDropped) {
  std::uint64_t dropped = 0;
  for (const Scatter& scatter : kScatters) {
    std::uint32_t frame_bytes = 0;
    for (const std::uint32_t piece : scatter.pieces)
      frame_bytes += piece;
    const Bytes packet = net::build_packet({}, Bytes(frame_bytes - 54, std::byte{8}));
    std::uint64_t iova = ram_.allocate(packet);
    if (scatter.mss != 0) driver_.put(tso_context(frame_bytes - 54, scatter.mss, 54));
    for (std::size_t i = 0; i < scatter.pieces.size(); ++i) {
      driver_.put(
          packet_descriptor(iova, scatter.pieces[i], {.end = i + 1 == scatter.pieces.size()}));
      iova += scatter.pieces[i];
    }
    sent_.frames.clear();
    EXPECT_EQ(process(), TxQueue::Outcome::kIdle) << scatter.name;
    EXPECT_EQ(sent_.frames.size(), scatter.is_sent ? 1u : 0u) << scatter.name;
    dropped += scatter.is_sent ? 0 : 1;
    EXPECT_EQ(queue_->statistics().dropped, dropped) << scatter.name;
    EXPECT_EQ(driver_.reap().size(), 1u) << "completed all the same: " << scatter.name;
  }
}

class SmallCompletionRingTest : public TxQueueTest {
 protected:
  SmallCompletionRingTest() : TxQueueTest(64, 2) {}
};

TEST_F(SmallCompletionRingTest, UndersizedRingOverrunsNobodyButItself) {
  const std::uint64_t behind = driver_.config().completion_ring_iova + 2 * 8;
  const Bytes before(ram_.at(behind, 64), ram_.at(behind, 64) + 64);
  for (std::uint16_t i = 0; i < 60; ++i)
    driver_.put(packet_descriptor(GuestRam::kBase, 60, {.event = true, .tag = i}));
  EXPECT_EQ(process(), TxQueue::Outcome::kIdle);
  EXPECT_EQ(sent_.frames.size(), 60u);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), ram_.at(behind, 64)));
}

TEST(TxQueueCreate, RefusesRingsThatAreNotWhollyInGuestMemory) {
  GuestRam ram;
  const TxDriver driver(ram, 64);
  const std::function<void(TxQueueConfig&)> changes[] = {
      [](TxQueueConfig& it) { it.descriptor_ring_iova = 0; },
      [&](TxQueueConfig& it) { it.descriptor_ring_iova = ram.end() - 1008; },
      [](TxQueueConfig& it) { it.descriptor_ring_iova = ~0ull - 15; },
      [](TxQueueConfig& it) { it.descriptor_ring_iova += 8; },
      [](TxQueueConfig& it) { it.descriptor_entries = 0; },
      [](TxQueueConfig& it) { it.descriptor_entries = 1; },
      [](TxQueueConfig& it) { it.descriptor_entries = 63; },
      [](TxQueueConfig& it) { it.descriptor_entries = 1u << 31; },
      [&](TxQueueConfig& it) { it.completion_ring_iova = ram.end(); },
      [](TxQueueConfig& it) { it.completion_ring_iova += 4; },
      [](TxQueueConfig& it) { it.completion_entries = 65; },
  };
  EXPECT_TRUE(TxQueue::create(driver.config(), ram.memory()).has_value());
  for (const auto& change : changes) {
    TxQueueConfig config = driver.config();
    change(config);
    const auto queue = TxQueue::create(config, ram.memory());
    ASSERT_FALSE(queue.has_value());
    EXPECT_EQ(queue.error().code, Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
