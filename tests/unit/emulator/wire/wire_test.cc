// SPDX-License-Identifier: Apache-2.0
// The wire as it is by default: a cable, or a learning switch.
#include "emulator/wire/wire.h"

#include <gtest/gtest.h>

#include "emulator/wire/mac_table.h"
#include "unit/emulator/wire/frames.h"

namespace nobounce::emulator::wire {
namespace {

constexpr std::uint64_t kA = 0x0200'0000'000a;
constexpr std::uint64_t kB = 0x0200'0000'000b;
constexpr std::uint64_t kC = 0x0200'0000'000c;
constexpr std::uint64_t kBroadcast = 0xffff'ffff'ffff;
constexpr std::uint64_t kMulticast = 0x0100'5e00'0001;

struct Plugged {
  explicit Plugged(std::uint32_t ports) : wire(Wire::make({.ports = ports})), stations(ports) {
    for (std::uint32_t port = 0; port < ports; ++port)
      wire->plug(port, &stations[port]);
  }
  void send(std::uint32_t port, const Bytes& bytes) {
    const OwnedFrame owned(bytes);
    wire->entry(port).accept(owned.frame());
  }
  /// How many frames each station has taken so far.
  [[nodiscard]] std::vector<std::size_t> taken() const {
    std::vector<std::size_t> counts;
    for (const Station& station : stations)
      counts.push_back(station.frames.size());
    return counts;
  }

  std::unique_ptr<Wire> wire;
  std::vector<Station> stations;
};

using Counts = std::vector<std::size_t>;

TEST(Wire, OnACableAFrameReachesTheOtherSideUncopied) {
  Plugged cable(2);
  const OwnedFrame owned(ethernet(kB, kA));
  cable.wire->entry(0).accept(owned.frame());
  EXPECT_EQ(cable.taken(), (Counts{0, 1}));
  EXPECT_EQ(cable.stations[1].last, &owned.frame());
  cable.wire->entry(1).accept(owned.frame());
  EXPECT_EQ(cable.taken(), (Counts{1, 1}));
  EXPECT_TRUE(cable.wire->entry(0).is_ready());
  EXPECT_FALSE(cable.wire->run(1'000).has_value());
}

TEST(Wire, ACableAsksForNoAddress) {
  Plugged cable(2);
  for (const std::uint64_t destination : {kA, kB, kC, kBroadcast})
    cable.send(0, ethernet(destination, kB));
  cable.send(0, Bytes(3));
  EXPECT_EQ(cable.taken(), (Counts{0, 5}));
}

TEST(Wire, ATsoFramePassesWholeAndCountsAsItsSegments) {
  Plugged cable(2);
  const net::PacketOptions options;
  const OwnedFrame owned(net::build_packet(options, Bytes(4000)), 1448);
  cable.wire->entry(0).accept(owned.frame());
  ASSERT_EQ(cable.taken(), (Counts{0, 1}));
  EXPECT_EQ(cable.stations[1].last, &owned.frame());
  const std::uint64_t bytes = 4000 + 3 * net::header_bytes_of(options);
  EXPECT_EQ(cable.wire->statistics(0).frames, 3U);
  EXPECT_EQ(cable.wire->statistics(0).bytes, bytes);
  EXPECT_EQ(cable.wire->statistics(1).delivered_frames, 3U);
  EXPECT_EQ(cable.wire->statistics(1).delivered_bytes, bytes);
}

TEST(Wire, FramesToAnUnpluggedSideAreCounted) {
  Plugged cable(2);
  cable.wire->plug(1, nullptr);
  cable.send(0, ethernet(kB, kA));
  EXPECT_EQ(cable.taken(), (Counts{0, 0}));
  EXPECT_EQ(cable.wire->statistics(0).frames, 1U);
  EXPECT_EQ(cable.wire->statistics(0).dropped_unplugged, 1U);
  EXPECT_EQ(cable.wire->statistics(1).delivered_frames, 0U);
}

TEST(Wire, AnAnswerFromWithinADeliveryIsDroppedNotRecursed) {
  for (const std::uint32_t ports : {2U, 3U}) {
    Plugged wire(ports);
    for (std::uint32_t port = 0; port < ports; ++port)
      wire.stations[port].answer_to = &wire.wire->entry(port);
    wire.send(0, ethernet(kBroadcast, kA));
    EXPECT_EQ(wire.stations[0].frames.size(), 0U);
    EXPECT_EQ(wire.stations[1].frames.size(), 1U);
    EXPECT_EQ(wire.wire->statistics(1).dropped_in_delivery, 1U);
    EXPECT_EQ(wire.wire->statistics(1).frames, 1U);
  }
}

TEST(Wire, ASwitchFloodsUntilItHasHeardAStation) {
  Plugged lan(4);
  lan.send(0, ethernet(kB, kA));  // nobody knows B
  EXPECT_EQ(lan.taken(), (Counts{0, 1, 1, 1}));
  lan.send(1, ethernet(kA, kB));  // A was heard at 0
  EXPECT_EQ(lan.taken(), (Counts{1, 1, 1, 1}));
  lan.send(0, ethernet(kB, kA));  // and B at 1 since
  EXPECT_EQ(lan.taken(), (Counts{1, 2, 1, 1}));
}

TEST(Wire, ASwitchGivesBroadcastAndMulticastToAllOthers) {
  Plugged lan(3);
  lan.send(2, ethernet(kBroadcast, kC));
  lan.send(0, ethernet(kMulticast, kA));
  EXPECT_EQ(lan.taken(), (Counts{1, 2, 1}));
}

TEST(Wire, ASwitchFollowsAStationThatMoves) {
  Plugged lan(3);
  lan.send(1, ethernet(kBroadcast, kB));
  lan.send(2, ethernet(kBroadcast, kB));
  const Counts before = lan.taken();
  lan.send(0, ethernet(kB, kA));
  EXPECT_EQ(lan.taken(), (Counts{before[0], before[1], before[2] + 1}));
}

TEST(Wire, ASwitchNeverSendsBackWhereAFrameCameFrom) {
  Plugged lan(3);
  lan.send(0, ethernet(kBroadcast, kA));
  lan.send(0, ethernet(kA, kB));  // A is behind the same port
  EXPECT_EQ(lan.taken(), (Counts{0, 1, 1}));
  EXPECT_EQ(lan.wire->statistics(0).dropped_unplugged, 1U);
}

TEST(Wire, ASwitchDropsWhatIsTooShortForAddresses) {
  Plugged lan(3);
  lan.send(0, Bytes(13));
  EXPECT_EQ(lan.taken(), (Counts{0, 0, 0}));
  EXPECT_EQ(lan.wire->statistics(0).dropped_unplugged, 1U);
}

TEST(Wire, ASwitchForgetsWhoWasBehindAPortThatIsPluggedAnew) {
  Plugged lan(3);
  lan.send(1, ethernet(kBroadcast, kB));
  lan.wire->plug(1, nullptr);
  const Counts before = lan.taken();
  lan.send(0, ethernet(kB, kA));
  EXPECT_EQ(lan.taken(), (Counts{before[0], before[1], before[2] + 1}));
}

TEST(Wire, ASwitchLearnsNoGroupAddress) {
  Plugged lan(3);
  lan.send(1, ethernet(kBroadcast, kMulticast));
  const Counts before = lan.taken();
  lan.send(0, ethernet(kMulticast, kA));
  EXPECT_EQ(lan.taken(), (Counts{before[0], before[1] + 1, before[2] + 1}));
}

TEST(MacTable, KeepsTheLatestOfManyStations) {
  MacTable table;
  constexpr std::uint64_t kStations = 100'000;
  for (std::uint64_t station = 0; station < kStations; ++station)
    table.learn({station}, static_cast<std::uint32_t>(station % 64));
  std::size_t known = 0;
  for (std::uint64_t station = 0; station < kStations; ++station) {
    const auto port = table.port_of({station});
    if (!port) continue;
    ++known;
    EXPECT_EQ(*port, station % 64);
  }
  EXPECT_EQ(known, MacTable::kEntries);
  EXPECT_TRUE(table.port_of({kStations - 1}).has_value());
  EXPECT_FALSE(table.port_of({0}).has_value());
}

TEST(MacTable, AStationThatIsHeardStaysWhileOthersCome) {
  MacTable table;
  table.learn({kA}, 7);
  for (std::uint64_t station = 0; station < 100'000; ++station) {
    table.learn({station}, 1);
    table.learn({kA}, 7);
  }
  EXPECT_EQ(table.port_of({kA}), 7U);
}

}  // namespace
}  // namespace nobounce::emulator::wire
