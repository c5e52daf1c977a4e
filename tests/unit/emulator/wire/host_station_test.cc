// SPDX-License-Identifier: Apache-2.0
// Stations on the real kernel: Unix datagram sockets, and a TAP interface in a network namespace.
#include "emulator/wire/host_station.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "emulator/net/checksum.h"
#include "emulator/wire/datagram_station.h"
#include "emulator/wire/tap_station.h"
#include "emulator/wire/wire.h"
#include "sys/datagram_socket.h"
#include "unit/emulator/wire/frames.h"

namespace nobounce::emulator::wire {
namespace {

using Outcome = HostStation::Outcome;

/// A sink that may be made unready.
struct Gate final : net::FrameSink {
  void accept(const net::Frame& frame) override { station.accept(frame); }
  [[nodiscard]] bool is_ready() const override { return is_open; }
  Station station;
  bool is_open = true;
};

struct DatagramTest : testing::Test {
  DatagramTest() : directory(testing::TempDir() + "nobounce-dgram-" + std::to_string(::getpid())) {
    std::filesystem::create_directory(directory);
  }
  ~DatagramTest() override { std::filesystem::remove_all(directory); }

  std::filesystem::path directory;
  std::filesystem::path ours = directory / "ours";
  std::filesystem::path theirs = directory / "theirs";
  Gate gate;
};

TEST_F(DatagramTest, CarriesAFrameADatagramBothWays) {
  const auto station = open_datagram_station(ours, theirs, gate);
  ASSERT_TRUE(station) << to_string(station.error());
  auto peer = sys::DatagramSocket::open(theirs, ours);
  ASSERT_TRUE(peer) << to_string(peer.error());

  const Bytes sent = net::build_packet({}, Bytes(1000, std::byte{7}));
  const OwnedFrame owned(sent);
  (*station)->accept(owned.frame());
  Bytes received(2000);
  const auto result = peer->receive(received);
  ASSERT_EQ(result.outcome, sys::PacketResult::Outcome::kDone);
  received.resize(result.bytes);
  EXPECT_EQ(received, sent);

  const net::Piece piece(sent);
  ASSERT_EQ(peer->send({&piece, 1}).outcome, sys::PacketResult::Outcome::kDone);
  EXPECT_EQ((*station)->on_ready().value(), Outcome::kIdle);
  ASSERT_EQ(gate.station.frames.size(), 1U);
  EXPECT_EQ(gate.station.frames[0], sent);
  EXPECT_EQ(gate.station.checksums[0], net::Checksums::kUnverified);
  const HostStationStatistics& statistics = (*station)->statistics();
  EXPECT_EQ(statistics.written_frames, 1U);
  EXPECT_EQ(statistics.written_bytes, sent.size());
  EXPECT_EQ(statistics.read_frames, 1U);
  EXPECT_EQ(statistics.read_bytes, sent.size());
}

TEST_F(DatagramTest, CutsWhatIsToBeSegmentedAndFillsInChecksums) {
  const auto station = open_datagram_station(ours, theirs, gate);
  auto peer = sys::DatagramSocket::open(theirs, ours);
  ASSERT_TRUE(station && peer);
  const net::PacketOptions options{.ipv6 = true};
  const Bytes payload(3500, std::byte{3});
  const OwnedFrame owned(net::build_packet(options, payload), 1000);
  (*station)->accept(owned.frame());
  for (const Bytes& segment : net::slow_segments(options, payload, 1000)) {
    Bytes received(2000);
    const auto result = peer->receive(received);
    ASSERT_EQ(result.outcome, sys::PacketResult::Outcome::kDone);
    received.resize(result.bytes);
    EXPECT_EQ(received, segment);
  }
}

TEST_F(DatagramTest, APeerThatIsNotThereCostsCountedFramesOnly) {
  const auto station = open_datagram_station(ours, theirs, gate);
  ASSERT_TRUE(station);
  const OwnedFrame owned(ethernet(1, 2));
  (*station)->accept(owned.frame());
  EXPECT_EQ((*station)->statistics().dropped_refused, 1U);
  auto peer = sys::DatagramSocket::open(theirs, ours);
  ASSERT_TRUE(peer);
  (*station)->accept(owned.frame());
  EXPECT_EQ((*station)->statistics().written_frames, 1U);
}

TEST_F(DatagramTest, APeerThatDoesNotReadCostsCountedFramesOnly) {
  const auto station = open_datagram_station(ours, theirs, gate);
  auto peer = sys::DatagramSocket::open(theirs, ours);
  ASSERT_TRUE(station && peer);
  const OwnedFrame owned(ethernet(1, 2, 9000));
  std::uint64_t offered = 0;
  for (; (*station)->statistics().dropped_would_block == 0 && offered < 100'000; ++offered)
    (*station)->accept(owned.frame());
  EXPECT_EQ((*station)->statistics().dropped_would_block, 1U);
  EXPECT_EQ((*station)->statistics().written_frames, offered - 1);
}

TEST_F(DatagramTest, WhatIsNoFrameIsDroppedAndCounted) {
  const auto station = open_datagram_station(ours, theirs, gate);
  auto peer = sys::DatagramSocket::open(theirs, ours);
  ASSERT_TRUE(station && peer);
  for (const std::size_t size : {0U, 13U, 14U, 9728U, 9729U, 70'000U}) {
    const Bytes bytes(size);
    const net::Piece piece(bytes);
    ASSERT_EQ(peer->send({&piece, 1}).outcome, sys::PacketResult::Outcome::kDone) << size;
  }
  EXPECT_EQ((*station)->on_ready().value(), Outcome::kIdle);
  EXPECT_EQ((*station)->statistics().dropped_malformed, 4U);
  ASSERT_EQ(gate.station.frames.size(), 2U);
  EXPECT_EQ(gate.station.frames[0].size(), 14U);
  EXPECT_EQ(gate.station.frames[1].size(), 9728U);
}

TEST_F(DatagramTest, HoldsBackWhatTheWireIsNotReadyFor) {
  const auto station = open_datagram_station(ours, theirs, gate);
  auto peer = sys::DatagramSocket::open(theirs, ours);
  ASSERT_TRUE(station && peer);
  const Bytes bytes = ethernet(1, 2);
  const net::Piece piece(bytes);
  ASSERT_EQ(peer->send({&piece, 1}).outcome, sys::PacketResult::Outcome::kDone);
  gate.is_open = false;
  EXPECT_EQ((*station)->on_ready().value(), Outcome::kHeldBack);
  EXPECT_TRUE(gate.station.frames.empty());
  gate.is_open = true;
  EXPECT_EQ((*station)->on_ready().value(), Outcome::kIdle);
  EXPECT_EQ(gate.station.frames.size(), 1U);
}

TEST_F(DatagramTest, LivesAtAPathOfItsOwnThatOthersMayNotWriteTo) {
  {
    const auto station = open_datagram_station(ours, theirs, gate);
    ASSERT_TRUE(station);
    struct stat status{};
    ASSERT_EQ(::stat(ours.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077, 0U);
    const auto second = open_datagram_station(ours, theirs, gate);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kBusy);
  }
  EXPECT_FALSE(std::filesystem::exists(ours));
}

TEST_F(DatagramTest, ReplacesASocketThatNobodyOwnsAndNothingElse) {
  {
    auto left = sys::DatagramSocket::open(directory / "left", theirs);
    ASSERT_TRUE(left);
    std::filesystem::rename(directory / "left", ours);
  }
  ASSERT_TRUE(std::filesystem::exists(ours));
  EXPECT_TRUE(open_datagram_station(ours, theirs, gate));
  const int file = ::open(ours.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  ASSERT_GE(file, 0);
  ::close(file);
  const auto refused = open_datagram_station(ours, theirs, gate);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kBusy);
}

TEST_F(DatagramTest, PathsThatNoSocketCanHaveAreRefused) {
  for (const std::filesystem::path& path :
       {std::filesystem::path(), directory / std::string(108, 'x')}) {
    EXPECT_EQ(open_datagram_station(path, theirs, gate).error().code, Code::kInvalidArgument);
    EXPECT_EQ(open_datagram_station(ours, path, gate).error().code, Code::kInvalidArgument);
  }
}

/// A TAP interface that is up, alone in a network namespace, and a packet socket on it.
struct TapTest : testing::Test {
  void SetUp() override {
    outside = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (::unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "no network namespace";
    auto opened = open_tap_station("wire0", gate);
    if (!opened) GTEST_SKIP() << to_string(opened.error());
    station = std::move(*opened);
    // Without IPv6 the kernel sends nothing of its own.
    const int ipv6 = ::open("/proc/sys/net/ipv6/conf/wire0/disable_ipv6", O_WRONLY | O_CLOEXEC);
    if (ipv6 >= 0) {
      EXPECT_EQ(::write(ipv6, "1", 1), 1);
    }
    ::close(ipv6);
    host = ::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
    ASSERT_GE(host, 0);
    const int headers = 1;
    ASSERT_EQ(::setsockopt(host, SOL_PACKET, PACKET_VNET_HDR, &headers, sizeof headers), 0);
  }
  void TearDown() override {
    ::close(host);
    station.reset();
    if (outside >= 0) {
      EXPECT_EQ(::setns(outside, CLONE_NEWNET), 0);
    }
    ::close(outside);
  }

  /// And listens to it.
  void bring_up() const {
    ifreq request{};
    std::memcpy(request.ifr_name, "wire0", sizeof "wire0");
    request.ifr_flags = IFF_UP;
    ASSERT_EQ(::ioctl(host, SIOCSIFFLAGS, &request), 0);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(::if_nametoindex("wire0"));
    ASSERT_EQ(::bind(host, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  /// The next frame that the host has got, its TAP header in front; empty if there is none.
  [[nodiscard]] Bytes take() const {
    Bytes bytes(100'000);
    const ssize_t size = ::recv(host, bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return bytes;
  }

  int outside = -1;
  int host = -1;
  Gate gate;
  std::unique_ptr<HostStation> station;
};

Bytes with_header(const Bytes& header, const Bytes& frame) {
  Bytes bytes = header;
  bytes.insert(bytes.end(), frame.begin(), frame.end());
  return bytes;
}

TEST_F(TapTest, CarriesFramesBothWays) {
  bring_up();
  const Bytes frame = ethernet(0xffff'ffff'ffff, 0x0200'0000'0001, 100, 7);
  const OwnedFrame owned(frame);
  station->accept(owned.frame());
  EXPECT_EQ(take(), with_header(Bytes(10), frame));
  EXPECT_EQ(station->statistics().written_frames, 1U);
  EXPECT_EQ(station->statistics().written_bytes, frame.size());

  const Bytes sent = with_header(Bytes(10), frame);
  ASSERT_EQ(::send(host, sent.data(), sent.size(), 0), static_cast<ssize_t>(sent.size()));
  EXPECT_EQ(station->on_ready().value(), Outcome::kIdle);
  ASSERT_EQ(gate.station.frames.size(), 1U);
  EXPECT_EQ(gate.station.frames[0], frame);
}

TEST_F(TapTest, ATsoFrameGoesToTheHostWholeAndComesFromItWhole) {
  bring_up();
  const net::PacketOptions options;
  const Bytes packet = net::build_packet(options, Bytes(20'000, std::byte{9}));
  Bytes pending = packet;
  const OwnedFrame parsed(packet);
  net::set_lengths(std::span(pending).first(parsed.frame().headers.size()), parsed.frame().layout,
                   parsed.frame().payload_bytes);
  const OwnedFrame owned(pending, 1448);
  station->accept(owned.frame());
  const Bytes got = take();
  ASSERT_EQ(got.size(), 10 + pending.size());
  EXPECT_EQ(static_cast<unsigned>(got[1]), 1U) << "TCP over IPv4";
  EXPECT_EQ(static_cast<unsigned>(got[4]) + 256 * static_cast<unsigned>(got[5]), 1448U);
  EXPECT_EQ(Bytes(got.begin() + 10, got.end()), pending);

  ASSERT_EQ(::send(host, got.data(), got.size(), 0), static_cast<ssize_t>(got.size()));
  EXPECT_EQ(station->on_ready().value(), Outcome::kIdle);
  ASSERT_EQ(gate.station.frames.size(), 1U);
  EXPECT_EQ(gate.station.frames[0], pending);
  EXPECT_EQ(gate.station.segment_bytes[0], 1448U);
  EXPECT_EQ(gate.station.checksums[0], net::Checksums::kPending);
}

TEST_F(TapTest, AnInterfaceThatIsDownCostsCountedFramesOnly) {
  const OwnedFrame owned(ethernet(1, 2));
  station->accept(owned.frame());
  EXPECT_EQ(station->statistics().dropped_refused, 1U);
  EXPECT_EQ(station->on_ready().value(), Outcome::kIdle);
}

TEST_F(TapTest, AnInterfaceThatWasDeletedIsAnError) {
  struct {
    nlmsghdr header;
    ifinfomsg link;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_DELLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  request.link.ifi_index = static_cast<int>(::if_nametoindex("wire0"));
  const int netlink = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  ASSERT_EQ(::send(netlink, &request, sizeof request, 0), static_cast<ssize_t>(sizeof request));
  Bytes answer(4096);
  ASSERT_GT(::recv(netlink, answer.data(), answer.size(), 0), 0);
  ::close(netlink);
  const auto outcome = station->on_ready();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().object, "TAP interface wire0");
  const OwnedFrame owned(ethernet(1, 2));
  station->accept(owned.frame());
  EXPECT_EQ(station->statistics().dropped_refused, 1U);
}

TEST_F(TapTest, OneInterfaceHasOneStation) {
  const auto second = open_tap_station("wire0", gate);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kBusy);
}

TEST(TapStation, ANameThatNoInterfaceCanHaveIsRefused) {
  Station station;
  for (const char* name : {"", "sixteen-letters-"})
    EXPECT_EQ(open_tap_station(name, station).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace nobounce::emulator::wire
