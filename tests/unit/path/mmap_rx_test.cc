// SPDX-License-Identifier: Apache-2.0
#include "path/mmap_rx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_stream.h"

namespace nobounce::path {
namespace {

constexpr std::uint64_t kPage = FakeStream::kPage;

class MmapRx : public testing::Test {
 protected:
  void open(MmapReceiverOptions options = {.window_bytes = 64 * kPage, .copy_bytes = 16 * kPage}) {
    receiver = *MmapReceiver::open(kernel, options);
  }
  Received receive(std::uint64_t max_bytes = 1 << 30) {
    auto received = receiver->receive(max_bytes);
    EXPECT_TRUE(received) << (received ? "" : to_string(received.error()));
    if (!received) return {};
    for (const Frag& frag : received->batch.frags()) {
      EXPECT_FALSE(frag.is_in_region());
      EXPECT_FALSE(find_pattern_mismatch(frag.host_bytes(), FakeStream::kSeed, position));
      position += frag.length;
    }
    return std::move(*received);
  }
  std::vector<std::uint64_t> lengths(const Received& received) {
    std::vector<std::uint64_t> result;
    for (const Frag& frag : received.batch.frags())
      result.push_back(frag.length);
    return result;
  }

  FakeStream kernel;
  std::unique_ptr<MmapReceiver> receiver;
  std::uint64_t position = 0;
};

TEST_F(MmapRx, SeesWholePagesInPlaceAndCopiesWhatComesBetween) {
  open();
  kernel.queue = {{8 * kPage, true}, {100, true}, {2 * kPage, true}};
  EXPECT_THAT(lengths(receive()), testing::ElementsAre(8 * kPage, 100));
  EXPECT_THAT(lengths(receive()), testing::ElementsAre(2 * kPage));
  EXPECT_EQ(kernel.maps, 2u);
  EXPECT_EQ(kernel.receives, 0u);
  EXPECT_EQ(receiver->counts().mapped_bytes, 10 * kPage);
  EXPECT_EQ(receiver->counts().linear_bytes, 100u);
  EXPECT_EQ(receiver->counts().kernel_copied_bytes.value(), 100u);
  EXPECT_EQ(receiver->counts().bytes, 10 * kPage + 100);
  EXPECT_EQ(receiver->counts().frags, 0u);
}

TEST_F(MmapRx, ReadsWhatIsTooMuchForTheCallThatMaps) {
  open();
  kernel.queue = {{3 * kPage, false}, {kPage, true}};
  EXPECT_THAT(lengths(receive()), testing::ElementsAre(kPage - 1));
  EXPECT_THAT(lengths(receive()), testing::ElementsAre(2 * kPage + 1));
  EXPECT_THAT(lengths(receive()), testing::ElementsAre(kPage));
  EXPECT_EQ(receiver->counts().mapped_bytes, kPage);
}

// After a read that ends within a page the rest of that page can't be mapped, but the next can.
TEST_F(MmapRx, NeverTakesMoreThanItIsAskedFor) {
  open();
  kernel.queue = {{4 * kPage, true}};
  EXPECT_EQ(receive(kPage + 10).batch.bytes(), kPage);
  EXPECT_EQ(receive(10).batch.bytes(), 10u);
  EXPECT_EQ(receive(kPage - 11).batch.bytes(), kPage - 11);
  EXPECT_EQ(receive().batch.bytes(), 1u);
  EXPECT_EQ(receive().batch.bytes(), 2 * kPage);
  EXPECT_EQ(receiver->counts().mapped_bytes, 3 * kPage);
}

TEST_F(MmapRx, ReleasesPagesManyAtATimeAndOnlyOnceAllIsBack) {
  open();
  for (int i = 0; i < 100; ++i) {
    kernel.queue.push_back({kPage, true});
    EXPECT_EQ(receive().batch.bytes(), kPage);  // Given back at once.
    EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  }
  EXPECT_THAT(kernel.releases, testing::Each(16 * kPage));
  EXPECT_EQ(kernel.releases.size(), 6u);

  kernel.releases.clear();
  kernel.queue.push_back({60 * kPage, true});
  {
    const Received first = receive(30 * kPage);
    {
      const Received second = receive(10 * kPage);
    }
    EXPECT_TRUE(kernel.releases.empty());
  }
  EXPECT_THAT(kernel.releases, testing::ElementsAre(44 * kPage));
}

TEST_F(MmapRx, IsFullWhenTheWindowIsOnLoan) {
  open();
  kernel.queue.push_back({65 * kPage, true});
  Received all = receive();
  EXPECT_EQ(all.batch.bytes(), 64 * kPage);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kFull);
  ASSERT_TRUE(all.batch.give_back());
  EXPECT_EQ(receive().batch.bytes(), kPage);
}

TEST_F(MmapRx, IsFullWhenTheRoomForCopiesIsOnLoan) {
  open();
  kernel.queue = {{13 * kPage, false}, {kPage, true}};
  Received some = receive();
  some.batch.append(receive().batch);
  EXPECT_EQ(some.batch.bytes(), 13 * kPage);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kFull);
  ASSERT_TRUE(some.batch.give_back());
  EXPECT_EQ(receive().batch.bytes(), kPage);
}

TEST_F(MmapRx, IsFullWhenItsFragsAreOnLoan) {
  open({.window_bytes = 64 * kPage, .copy_bytes = 16 * kPage, .max_held_frags = 2});
  kernel.queue = {{2 * kPage, true}};
  const Received one = receive(kPage);
  EXPECT_EQ(one.batch.bytes(), kPage);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kFull);
}

TEST_F(MmapRx, TellsWouldBlockEndAndErrorsApart) {
  open();
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(*receiver->wait(0), Wake::kTimeout);
  kernel.errors = {EINTR, EINTR};
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  kernel.has_ended = true;
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kEndOfStream);
}

// The kernel tells a reset once, and with the data that came before it.
TEST_F(MmapRx, HandsOnWhatCameBeforeAReset) {
  open();
  kernel.queue = {{kPage, true}, {kPage, true}};
  kernel.socket_error = ECONNRESET;
  EXPECT_EQ(receive(kPage).batch.bytes(), kPage);
  EXPECT_EQ(receive().batch.bytes(), kPage);
  EXPECT_EQ(receiver->receive(1 << 20).error().code, Code::kPeerClosed);
}

TEST_F(MmapRx, AsksOnlyOnceMoreWhereTheConnectionSaysNothing) {
  open();
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(kernel.receives, 0u);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(kernel.receives, 1u);
}

TEST_F(MmapRx, AsksNotAgainWhenTheLastCallTookAllThereWas) {
  open();
  kernel.queue = {{kPage, true}};
  EXPECT_EQ(receive().batch.bytes(), kPage);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(kernel.maps, 1u);
  kernel.queue = {{kPage, true}};
  EXPECT_EQ(receive().batch.bytes(), kPage);
}

TEST_F(MmapRx, TriesSeldomInAStreamOfWhichNothingCanBeMapped) {
  open({.window_bytes = 64 * kPage, .copy_bytes = 64 << 20});
  for (int i = 0; i < 256; ++i)
    kernel.queue.push_back({16 * kPage, false});
  while (kernel.waiting() > 0)
    receive(16 * kPage);
  EXPECT_LE(kernel.maps, 8u + 4u);
  EXPECT_EQ(receiver->counts().mapped_bytes, 0u);
}

TEST_F(MmapRx, RefusesWhatTheKernelShouldNeverSay) {
  const std::pair<const char*, std::function<void(tcp_zerocopy_receive&)>> cases[] = {
      {"more than asked", [](auto& call) { call.length += 64 * 4096; }},
      {"no whole page", [](auto& call) { call.length -= 1; }},
      {"more copied than asked", [](auto& call) { call.copybuf_len = 4096; }},
  };
  for (const auto& [name, tamper] : cases) {
    open();
    kernel.queue = {{2 * kPage, true}};
    kernel.tamper = tamper;
    const auto received = receiver->receive(1 << 30);
    ASSERT_FALSE(received) << name;
    EXPECT_EQ(received.error().code, Code::kProtocol) << name;
  }
}

TEST_F(MmapRx, RemembersPagesThatCouldNotBeReleased) {
  open();
  kernel.queue = {{32 * kPage, true}};
  kernel.release_error = EINVAL;
  receive();
  EXPECT_FALSE(receiver->receive(1));
}

TEST_F(MmapRx, NotesSegmentsThatCannotBeMapped) {
  const auto note = [&](std::uint32_t advertised, std::uint32_t ours) {
    kernel.info.tcpi_advmss = advertised;
    kernel.info.tcpi_snd_mss = ours;
    open();
    return receiver->note();
  };
  EXPECT_EQ(note(4096, 4096), "");
  EXPECT_EQ(note(4096, 8948), "");
  EXPECT_EQ(note(0, 0), "");
  EXPECT_THAT(note(8948, 8948), testing::HasSubstr("hold 8948 bytes"));
  EXPECT_THAT(note(8948, 8948), testing::HasSubstr("TCP_MAXSEG"));
  EXPECT_THAT(note(4096, 1448), testing::HasSubstr("MTU of 4148"));
}

TEST_F(MmapRx, RefusesOptionsThatLeaveNoRoomAndSocketsWithoutAMapping) {
  const MmapReceiverOptions bad[] = {{.window_bytes = 0},
                                     {.window_bytes = kPage + 1},
                                     {.copy_bytes = kPage - 1},
                                     {.max_held_frags = 1}};
  for (const auto& options : bad)
    EXPECT_EQ(MmapReceiver::open(kernel, options).error().code, Code::kInvalidArgument);

  class Plain final : public FakeStream {
    Result<sys::Mapping> map_payload(std::size_t size) override {
      return sys::SocketCalls::map_payload(size);
    }
  } plain;
  EXPECT_EQ(MmapReceiver::open(plain).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace nobounce::path
