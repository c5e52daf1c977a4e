// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/capture.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "emulator/net/checksum.h"
#include "emulator/wire/wire.h"
#include "manual_clock.h"
#include "sys/wall_clock.h"
#include "unit/emulator/wire/frames.h"
#include "unit/emulator/wire/pcapng_reader.h"

namespace nobounce::emulator::wire {
namespace {

std::string file_named(const std::string& name) {
  return testing::TempDir() + "nobounce-capture-" + std::to_string(::getpid()) + "-" + name;
}

struct CaptureTest : testing::Test {
  CaptureTest() : path(file_named(testing::UnitTest::GetInstance()->current_test_info()->name())) {}
  ~CaptureTest() override { std::filesystem::remove(path); }

  std::unique_ptr<Capture> open(CaptureOptions options = {}) {
    options.path = path;
    if (options.interfaces.empty()) options.interfaces = {{"wire:a"}, {"wire:b"}};
    auto capture = Capture::open(options, clock);
    EXPECT_TRUE(capture) << to_string(capture.error());
    return std::move(*capture);
  }

  ManualClock clock;
  std::string path;
};

TEST_F(CaptureTest, SaysWhoWroteItAndWhatItsInterfacesAre) {
  open({.interfaces = {{.name = "pair0:pair0-a", .rate_bits_per_s = 25'000'000'000},
                       {.name = "pair0:pair0-b"}},
        .snap_bytes = 96});
  const ReadCapture read = PcapngReader::read(path);
  EXPECT_EQ(read.section.at(2), "x86-64");
  EXPECT_EQ(read.section.at(3), "Linux");
  EXPECT_EQ(read.section.at(4).rfind("nobounce ", 0), 0U);
  ASSERT_EQ(read.interfaces.size(), 2U);
  EXPECT_EQ(read.interfaces[0].link_type, 1U);
  EXPECT_EQ(read.interfaces[0].snap_bytes, 96U);
  EXPECT_EQ(read.interfaces[0].options.at(2), "pair0:pair0-a");
  EXPECT_EQ(little_endian(read.interfaces[0].options.at(8)), 25'000'000'000U);
  EXPECT_EQ(little_endian(read.interfaces[0].options.at(9)), 9U);
  EXPECT_EQ(read.interfaces[1].options.at(2), "pair0:pair0-b");
  EXPECT_EQ(read.interfaces[1].options.count(8), 0U);
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(CaptureTest, NotesFramesOfAnyLengthWithTimeQueueAndDirection) {
  const std::uint64_t opened_ns = sys::wall_clock_ns();
  auto capture = open();
  for (std::size_t payload = 0; payload < 9; ++payload) {
    const OwnedFrame owned(ethernet(1, 2, payload, 0xaa));
    net::Frame frame = owned.frame();
    frame.tx_queue = static_cast<std::uint8_t>(payload);
    capture->record(payload % 2, frame);
    clock.ns += 1'000'000'007;
  }
  capture->flush();
  const ReadCapture read = PcapngReader::read(path);
  ASSERT_EQ(read.packets.size(), 9U);
  EXPECT_EQ(capture->frames(), 9U);
  EXPECT_GE(read.packets[0].time_ns, opened_ns);
  EXPECT_LE(read.packets[0].time_ns, sys::wall_clock_ns());
  for (std::size_t i = 0; i < 9; ++i) {
    const ReadPacket& packet = read.packets[i];
    EXPECT_EQ(packet.interface, i % 2);
    EXPECT_EQ(packet.time_ns, read.packets[0].time_ns + i * 1'000'000'007);
    EXPECT_EQ(packet.bytes, ethernet(1, 2, i, 0xaa));
    EXPECT_EQ(packet.original_bytes, packet.bytes.size());
    EXPECT_EQ(little_endian(packet.options.at(2)), 2U) << "outbound, FCS unknown";
    EXPECT_EQ(little_endian(packet.options.at(6)), i);
    EXPECT_EQ(packet.comment(), "");
  }
}

TEST_F(CaptureTest, WritesWhatIsToBeSegmentedAsItsSegments) {
  auto capture = open();
  net::Random random(1);
  std::vector<Bytes> expected;
  std::vector<std::string> notes;
  for (int round = 0; round < 100; ++round) {
    const net::PacketOptions options = net::random_options(random);
    const Bytes payload = net::random_bytes(random, 1 + net::up_to(random, 60'000));
    const auto mss = static_cast<std::uint16_t>(500 + net::up_to(random, 8500));
    const auto segments = net::slow_segments(options, payload, mss);
    expected.insert(expected.end(), segments.begin(), segments.end());
    for (std::size_t i = 1; i <= segments.size(); ++i) {
      notes.push_back(std::string(options.udp ? "USO" : "TSO") + " segment " + std::to_string(i) +
                      " of " + std::to_string(segments.size()) + ", MSS " + std::to_string(mss) +
                      "; checksum offloaded");
    }
    const OwnedFrame owned(net::build_packet(options, payload), mss);
    capture->record(0, owned.frame());
  }
  capture.reset();
  const ReadCapture read = PcapngReader::read(path);
  ASSERT_EQ(read.packets.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(read.packets[i].bytes, expected[i]);
    ASSERT_EQ(read.packets[i].comment(), notes[i]);
  }
  EXPECT_GT(read.file_bytes, 2U << 20) << "more than the buffer holds";
}

TEST_F(CaptureTest, FillsInAPendingChecksumAndSaysSo) {
  auto capture = open();
  const Bytes sent = net::build_packet({}, Bytes(100, std::byte{5}));
  Bytes pending = sent;
  const OwnedFrame parsed(sent);
  net::set_lengths(std::span(pending).first(parsed.frame().headers.size()), parsed.frame().layout,
                   parsed.frame().payload_bytes);
  ASSERT_NE(pending, sent);
  const OwnedFrame owned(pending);
  net::Frame frame = owned.frame();
  frame.checksums = net::Checksums::kPending;
  capture->record(0, frame);
  capture.reset();
  const ReadCapture read = PcapngReader::read(path);
  ASSERT_EQ(read.packets.size(), 1U);
  EXPECT_EQ(read.packets[0].bytes, sent);
  EXPECT_EQ(read.packets[0].comment(), "checksum offloaded");
}

TEST_F(CaptureTest, CutsFramesAtTheSnapLengthAndTellsTheirOwn) {
  auto capture = open({.snap_bytes = 60});
  const net::PacketOptions options;
  for (const std::size_t payload : {0U, 5U, 6U, 7U, 1000U}) {
    const OwnedFrame owned(net::build_packet(options, Bytes(payload, std::byte{9})));
    capture->record(0, owned.frame());
  }
  capture.reset();
  const ReadCapture read = PcapngReader::read(path);
  ASSERT_EQ(read.packets.size(), 5U);
  const std::size_t captured[] = {54, 59, 60, 60, 60};
  const std::size_t original[] = {54, 59, 60, 61, 1054};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(read.packets[i].bytes.size(), captured[i]);
    EXPECT_EQ(read.packets[i].original_bytes, original[i]);
  }
}

TEST_F(CaptureTest, EndsWithAWholeFrameAtItsLimit) {
  for (const std::uint64_t limit : {2'000U, 50'000U, 3'000'000U}) {
    auto capture = open({.limit_bytes = limit});
    const OwnedFrame owned(ethernet(1, 2, 700));
    std::uint64_t offered = 0;
    for (; !capture->is_full() && offered < 10'000; ++offered)
      capture->record(0, owned.frame());
    EXPECT_TRUE(capture->is_full());
    EXPECT_EQ(capture->frames(), offered - 1);
    capture->record(0, owned.frame());
    capture.reset();
    const ReadCapture read = PcapngReader::read(path);
    EXPECT_EQ(read.packets.size(), offered - 1);
    EXPECT_LE(read.file_bytes, limit);
    EXPECT_GT(read.file_bytes + 1000, limit);
  }
}

TEST_F(CaptureTest, ALimitThatDoesNotEvenHoldTheNamesIsRefused) {
  const auto capture =
      Capture::open({.path = path, .interfaces = {{"a"}}, .limit_bytes = 100}, clock);
  ASSERT_FALSE(capture);
  EXPECT_EQ(capture.error().code, Code::kInvalidArgument);
}

TEST_F(CaptureTest, APathThatCannotBeOpenedIsNamed) {
  const auto capture = Capture::open({.path = "/nonexistent/capture.pcapng"}, clock);
  ASSERT_FALSE(capture);
  EXPECT_EQ(capture.error().object, "/nonexistent/capture.pcapng");
}

TEST_F(CaptureTest, APipeThatNobodyReadsIsRefusedInsteadOfWaitedFor) {
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto capture = Capture::open({.path = path}, clock);
  ASSERT_FALSE(capture);
  EXPECT_EQ(capture.error().sys_errno, ENXIO);
}

// /dev/full takes nothing, so that a capture there fails before it begins.
TEST_F(CaptureTest, AFullDiskFailsTheBeginning) {
  const auto capture = Capture::open({.path = "/dev/full"}, clock);
  ASSERT_FALSE(capture);
  EXPECT_EQ(capture.error().sys_errno, ENOSPC);
}

// A pipe that is full stands in for a disk that becomes full.
TEST_F(CaptureTest, AFailedWriteEndsTheCaptureIsToldOnceAndTrafficGoesOn) {
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  auto capture = open();
  const auto wire = Wire::make({});
  Station station;
  wire->plug(1, &station);
  wire->capture_to(capture.get(), 0);
  const OwnedFrame owned(ethernet(1, 2, 9000));
  for (int i = 0; i < 500; ++i)
    wire->entry(0).accept(owned.frame());
  EXPECT_EQ(station.frames.size(), 500U);
  const auto failure = capture->take_failure();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->sys_errno, EAGAIN);
  EXPECT_EQ(failure->object, path);
  EXPECT_FALSE(capture->take_failure().has_value());
  wire->capture_to(nullptr, 0);
  ::close(reader);
}

TEST_F(CaptureTest, WiresShareAFileAndNoteWhatLeavesAStation) {
  auto capture = open({.interfaces = {{"one:a"}, {"one:b"}, {"two:a"}, {"two:b"}}});
  const auto one = Wire::make({});
  const auto two = Wire::make({});
  one->capture_to(capture.get(), 0);
  two->capture_to(capture.get(), 2);
  two->set_impairments(1, {.loss = 1});
  const OwnedFrame owned(ethernet(1, 2));
  one->entry(0).accept(owned.frame());  // to nobody
  two->entry(1).accept(owned.frame());  // and lost
  one->entry(1).accept(owned.frame());
  one->capture_to(nullptr, 0);
  one->entry(1).accept(owned.frame());
  capture->flush();
  const ReadCapture read = PcapngReader::read(path);
  ASSERT_EQ(read.packets.size(), 3U);
  EXPECT_EQ(read.packets[0].interface, 0U);
  EXPECT_EQ(read.packets[1].interface, 3U);
  EXPECT_EQ(read.packets[2].interface, 1U);
}

}  // namespace
}  // namespace nobounce::emulator::wire
