// SPDX-License-Identifier: Apache-2.0
// The C API over a real connection to ourselves, by path copy, which every kernel has.
#include <gtest/gtest.h>
#include <nobounce/nobounce.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "unit/api/told.h"

namespace nobounce::api {
namespace {

constexpr std::uint64_t kRegionBytes = 1 << 20;

/// Listens with a region; what it opens is closed in an order that the API allows.
class Loopback : public ::testing::Test {
 protected:
  void listen(std::uint32_t max_connections = 1, int stop_fd = 0) {
    region_ = open_region();
    nb_listen_options options{};
    options.struct_size = sizeof options;
    options.address = "127.0.0.1:0";
    options.path = "copy";
    options.max_connections = max_connections;
    options.timeout_ms = 10'000;
    options.stop_fd = stop_fd;
    const Told told = told_by(nb_listen, &options, region_, &listener_);
    ASSERT_EQ(told.code, NB_OK) << told.message;
  }

  nb_region* open_region() {
    nb_region_options options{};
    options.struct_size = sizeof options;
    options.provider = "host";
    options.size_bytes = kRegionBytes;
    nb_region* region = nullptr;
    EXPECT_EQ(nb_region_open(&options, &region, nullptr), NB_OK);
    return region;
  }

  nb_sender* connect() {
    nb_region* const region = open_region();
    nb_connect_options options{};
    options.struct_size = sizeof options;
    options.address = nb_listener_address(listener_);
    options.path = "copy";
    options.timeout_ms = 10'000;
    nb_sender* sender = nullptr;
    const Told told = told_by(nb_connect, &options, region, &sender);
    EXPECT_EQ(told.code, NB_OK) << told.message;
    EXPECT_EQ(nb_region_fill(region, 0, kRegionBytes, 7, 0, nullptr), NB_OK);
    nb_region_close(region);  // The sender holds on to it.
    return sender;
  }

  nb_receiver* accept() {
    nb_receiver* receiver = nullptr;
    const Told told = told_by(nb_accept, listener_, &receiver);
    EXPECT_EQ(told.code, NB_OK) << told.message;
    return receiver;
  }

  ~Loopback() override {
    EXPECT_EQ(nb_listener_close(listener_, nullptr), NB_OK);
    nb_region_close(region_);
  }

  nb_region* region_ = nullptr;
  nb_listener* listener_ = nullptr;
};

void send_all(nb_sender* sender, std::uint64_t length) {
  std::uint64_t sent = 0;
  const Told told = told_by(nb_send, sender, std::uint64_t{0}, length, 10'000, &sent);
  EXPECT_EQ(told.code, NB_OK) << told.message;
  EXPECT_EQ(sent, length);
}

/// Receives until the end of the stream, comparing with the pattern of seed 7; the bytes.
std::uint64_t receive_all(nb_region* region, nb_receiver* receiver) {
  std::uint64_t position = 0;
  while (true) {
    nb_outcome outcome{};
    nb_batch* batch = nullptr;
    const Told told = told_by(nb_receive, receiver, std::uint64_t{0}, 10'000, &outcome, &batch);
    EXPECT_EQ(told.code, NB_OK) << told.message;
    if (outcome != NB_DATA) {
      EXPECT_EQ(outcome, NB_END_OF_STREAM);
      EXPECT_EQ(batch, nullptr);
      return position;
    }
    std::size_t count = 0;
    const nb_frag* frags = nb_batch_frags(batch, &count);
    for (std::size_t i = 0; i < count; ++i) {
      bool matches = false;
      EXPECT_EQ(nb_region_matches(region, frags[i].region_offset, frags[i].length, 7, position,
                                  &matches, nullptr),
                NB_OK);
      EXPECT_TRUE(matches) << "at " << position;
      position += frags[i].length;
    }
    EXPECT_EQ(nb_batch_release(batch, nullptr), NB_OK);
  }
}

TEST_F(Loopback, BytesArriveAsTheyWereSentAndAreCounted) {
  listen();
  nb_sender* const sender = connect();
  nb_receiver* const receiver = accept();
  std::thread sending([&] {
    send_all(sender, kRegionBytes);
    EXPECT_EQ(nb_finish(sender, nullptr), NB_OK);
  });
  EXPECT_EQ(receive_all(region_, receiver), kRegionBytes);
  sending.join();

  nb_receive_counts received{};
  received.struct_size = sizeof received;
  EXPECT_EQ(nb_receiver_counts(receiver, &received, nullptr), NB_OK);
  EXPECT_EQ(received.bytes, kRegionBytes);
  EXPECT_EQ(received.kernel_copied_bytes, NB_NOT_AVAILABLE);
  nb_send_counts sent{};
  sent.struct_size = sizeof sent;
  EXPECT_EQ(nb_sender_counts(sender, &sent, nullptr), NB_OK);
  EXPECT_EQ(sent.bytes, kRegionBytes);
  nb_receiver_close(receiver);
  nb_sender_close(sender);
}

TEST_F(Loopback, TheChoiceIsThePathThatWasNamed) {
  listen();
  EXPECT_STREQ(nb_choice_path(nb_listener_choice(listener_)), "copy");
  EXPECT_TRUE(nb_choice_kernel_copies(nb_listener_choice(listener_)));
  EXPECT_EQ(nb_choice_passed_over_count(nb_listener_choice(listener_)), 0u);
  EXPECT_STREQ(nb_choice_passed_over_name(nb_listener_choice(listener_), 0), "");
  EXPECT_EQ(nb_listener_change_count(listener_), 0u);
}

TEST_F(Loopback, NothingToReceiveIsAValue) {
  listen();
  nb_sender* const sender = connect();
  nb_receiver* receiver = accept();
  nb_outcome outcome{};
  nb_batch* batch = nullptr;
  for (const int timeout_ms : {0, 1}) {
    EXPECT_EQ(nb_receive(receiver, 0, timeout_ms, &outcome, &batch, nullptr), NB_OK);
    EXPECT_EQ(outcome, NB_WOULD_BLOCK);
    bool ready = true;
    EXPECT_EQ(nb_wait(&receiver, 1, timeout_ms, &ready, nullptr), NB_OK);
    EXPECT_FALSE(ready);
  }
  nb_receiver_close(receiver);
  nb_sender_close(sender);
}

TEST_F(Loopback, ABatchIsReleasedOnceOnly) {
  listen();
  nb_sender* const sender = connect();
  nb_receiver* const receiver = accept();
  send_all(sender, 1000);
  nb_outcome outcome{};
  nb_batch* batch = nullptr;
  ASSERT_EQ(nb_receive(receiver, 0, 10'000, &outcome, &batch, nullptr), NB_OK);
  ASSERT_EQ(outcome, NB_DATA);
  EXPECT_EQ(nb_batch_release(batch, nullptr), NB_OK);
  EXPECT_EQ(told_by(nb_batch_release, batch).code, NB_INVALID_ARGUMENT);
  std::size_t count = 1;
  EXPECT_EQ(nb_batch_frags(batch, &count), nullptr);
  EXPECT_EQ(count, 0u);
  nb_receiver_close(receiver);
  nb_sender_close(sender);
}

TEST_F(Loopback, MaxBytesBoundsABatch) {
  listen();
  nb_sender* const sender = connect();
  nb_receiver* const receiver = accept();
  send_all(sender, 1000);
  nb_outcome outcome{};
  nb_batch* batch = nullptr;
  ASSERT_EQ(nb_receive(receiver, 10, 10'000, &outcome, &batch, nullptr), NB_OK);
  ASSERT_EQ(outcome, NB_DATA);
  EXPECT_LE(nb_batch_bytes(batch), 10u);
  nb_receiver_close(receiver);  // With its batch on loan.
  nb_sender_close(sender);
}

TEST_F(Loopback, ConnectionsAtATimeHaveSharesOfTheRegion) {
  listen(2);
  const std::vector senders{connect(), connect()};
  std::vector receivers{accept(), accept()};
  for (nb_sender* sender : senders)
    send_all(sender, 100'000);
  bool ready = false;
  EXPECT_EQ(nb_wait(receivers.data(), receivers.size(), 10'000, &ready, nullptr), NB_OK);
  EXPECT_TRUE(ready);
  // Held at the same time, neither has been written over.
  std::vector<nb_batch*> batches;
  for (nb_receiver* receiver : receivers) {
    nb_outcome outcome{};
    ASSERT_EQ(nb_receive(receiver, 0, 10'000, &outcome, &batches.emplace_back(), nullptr), NB_OK);
    ASSERT_EQ(outcome, NB_DATA);
  }
  for (nb_batch* batch : batches) {
    const nb_frag& frag = *nb_batch_frags(batch, nullptr);
    bool matches = false;
    EXPECT_EQ(nb_region_matches(region_, frag.region_offset, frag.length, 7, 0, &matches, nullptr),
              NB_OK);
    EXPECT_TRUE(matches);
    EXPECT_LE(frag.length, kRegionBytes / 2);
  }
  EXPECT_NE(nb_batch_frags(batches[0], nullptr)->region_offset,
            nb_batch_frags(batches[1], nullptr)->region_offset);
  for (nb_receiver* receiver : receivers)
    nb_receiver_close(receiver);
  for (nb_sender* sender : senders)
    nb_sender_close(sender);
}

TEST_F(Loopback, MoreThanMaxConnectionsAreRefusedUntilOneCloses) {
  listen(1);
  nb_sender* const first = connect();
  nb_receiver* receiver = accept();
  nb_sender* const second = connect();
  nb_receiver* refused = nullptr;
  const Told told = told_by(nb_accept, listener_, &refused);
  EXPECT_EQ(told.code, NB_EXHAUSTED);
  EXPECT_NE(told.message.find("max_connections"), std::string::npos) << told.message;
  nb_receiver_close(receiver);
  receiver = accept();
  nb_receiver_close(receiver);
  nb_sender_close(first);
  nb_sender_close(second);
}

TEST_F(Loopback, ReceiversOfSeveralListenersAreNotWaitedForTogether) {
  listen();
  nb_sender* const sender = connect();
  nb_receiver* const mine = accept();
  nb_listener* const first = listener_;
  nb_region* const first_region = region_;
  listen();
  nb_sender* const other_sender = connect();
  nb_receiver* const others = accept();
  const std::vector both{mine, others};
  bool ready = false;
  EXPECT_EQ(told_by(nb_wait, both.data(), both.size(), 0, &ready).code, NB_INVALID_ARGUMENT);
  nb_receiver_close(mine);
  nb_receiver_close(others);
  nb_sender_close(sender);
  nb_sender_close(other_sender);
  EXPECT_EQ(nb_listener_close(first, nullptr), NB_OK);
  nb_region_close(first_region);
}

TEST_F(Loopback, ASenderThatIsNotFinishedResets) {
  listen();
  nb_sender* const sender = connect();
  nb_receiver* const receiver = accept();
  nb_sender_close(sender);
  nb_outcome outcome{};
  nb_batch* batch = nullptr;
  EXPECT_EQ(told_by(nb_receive, receiver, std::uint64_t{0}, 10'000, &outcome, &batch).code,
            NB_PEER_CLOSED);
  nb_receiver_close(receiver);
}

TEST_F(Loopback, TheSenderIsToldWhetherAllWasTaken) {
  listen(2);
  for (const bool takes_all : {true, false}) {
    nb_sender* const sender = connect();
    nb_receiver* const receiver = accept();
    send_all(sender, 1000);
    EXPECT_EQ(nb_finish(sender, nullptr), NB_OK);
    if (takes_all) {
      EXPECT_EQ(receive_all(region_, receiver), 1000u);
    }
    nb_receiver_close(receiver);
    EXPECT_EQ(told_by(nb_await_close, sender).code, takes_all ? NB_OK : NB_PEER_CLOSED);
    nb_sender_close(sender);
  }
}

TEST_F(Loopback, SendingPastTheRegionIsRefused) {
  listen();
  nb_sender* const sender = connect();
  std::uint64_t sent = 0;
  for (const std::uint64_t offset : {kRegionBytes, UINT64_MAX}) {
    EXPECT_EQ(told_by(nb_send, sender, offset, std::uint64_t{1}, 0, &sent).code,
              NB_INVALID_ARGUMENT);
  }
  EXPECT_EQ(told_by(nb_send, sender, std::uint64_t{0}, UINT64_MAX, 0, &sent).code,
            NB_INVALID_ARGUMENT);
  EXPECT_EQ(told_by(nb_send, sender, kRegionBytes, std::uint64_t{0}, 0, &sent).code, NB_OK);
  nb_sender_close(sender);
}

TEST_F(Loopback, ObjectsMayBeClosedInAnyOrder) {
  listen();
  nb_sender* const sender = connect();
  nb_receiver* const receiver = accept();
  nb_region_close(std::exchange(region_, nullptr));
  EXPECT_EQ(nb_listener_close(std::exchange(listener_, nullptr), nullptr), NB_OK);
  send_all(sender, 1000);
  nb_outcome outcome{};
  nb_batch* batch = nullptr;
  EXPECT_EQ(nb_receive(receiver, 0, 10'000, &outcome, &batch, nullptr), NB_OK);
  EXPECT_EQ(outcome, NB_DATA);
  nb_receiver_close(receiver);
  nb_sender_close(sender);
}

TEST_F(Loopback, TheStopDescriptorEndsEveryWait) {
  const int stop = eventfd(1, EFD_CLOEXEC);
  ASSERT_GT(stop, 0);
  listen(2, stop);
  nb_receiver* receiver = nullptr;
  EXPECT_EQ(told_by(nb_accept, listener_, &receiver).code, NB_INTERRUPTED);
  close(stop);
}

TEST_F(Loopback, CountsThatOnlyANewerHeaderKnowsAreNotAvailable) {
  listen();
  nb_sender* const sender = connect();
  struct {
    nb_send_counts known;
    std::uint64_t added;
  } counts{};
  counts.known.struct_size = sizeof counts;
  EXPECT_EQ(nb_sender_counts(sender, &counts.known, nullptr), NB_OK);
  EXPECT_EQ(counts.known.struct_size, sizeof counts);
  EXPECT_EQ(counts.known.bytes, 0u);
  EXPECT_EQ(counts.added, NB_NOT_AVAILABLE);
  counts.known.struct_size = 8;
  EXPECT_EQ(told_by(nb_sender_counts, sender, &counts.known).code, NB_INVALID_ARGUMENT);
  nb_sender_close(sender);
}

}  // namespace
}  // namespace nobounce::api
