// SPDX-License-Identifier: Apache-2.0
#include "path/devmem_rx.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "fake_kernel.h"

namespace nobounce::path {
namespace {

constexpr std::uint64_t kRegion = 1 << 20;
constexpr std::uint32_t kBinding = 7;

class DevmemRx : public testing::Test {
 protected:
  void open(std::uint32_t max_held_frags = 64, std::uint64_t max_read = 1 << 16) {
    receiver = *DevmemReceiver::open(kernel, {.bindings = {{kBinding, kRegion}},
                                              .max_held_frags = max_held_frags,
                                              .max_read_bytes = max_read});
  }
  Received receive(std::uint64_t max_bytes = 1 << 30) {
    auto received = receiver->receive(max_bytes);
    EXPECT_TRUE(received) << (received ? "" : to_string(received.error()));
    return received ? std::move(*received) : Received{};
  }
  Code failing_code() {
    auto received = receiver->receive(1 << 30);
    return received ? Code::kIo : received.error().code;
  }

  FakeKernel kernel;
  std::unique_ptr<DevmemReceiver> receiver;
};

TEST_F(DevmemRx, YieldsFragsInOrderAndGivesThemBackInOneCall) {
  kernel.queue = {{0, 4096}, {8192, 4096}, {4096, 100}};
  open();
  {
    const Received received = receive();
    ASSERT_EQ(received.outcome, ReceiveOutcome::kData);
    ASSERT_EQ(received.batch.frags().size(), 3u);
    EXPECT_EQ(received.batch.bytes(), 8292u);
    EXPECT_EQ(received.batch.frags()[1].extent().offset, 8192u);
    EXPECT_EQ(received.batch.frags()[2].length, 100u);
    EXPECT_EQ(receiver->counts().tokens_outstanding, 3u);
  }
  EXPECT_EQ(receiver->counts().tokens_outstanding, 3u);  // Gathered: a call is worth more.
  ASSERT_TRUE(receiver->flush());
  EXPECT_TRUE(kernel.tokens.empty());
  ASSERT_EQ(kernel.dontneed_calls.size(), 1u);
  EXPECT_EQ(kernel.dontneed_calls[0].size(), 1u);  // Tokens 0, 1, 2 are one range.
  EXPECT_EQ(receiver->counts().tokens_outstanding, 0u);
  EXPECT_EQ(receiver->counts().frags, 3u);
}

TEST_F(DevmemRx, LandsLinearBytesWhereTheyCanBeRead) {
  kernel.queue = {{0, 40, true}, {0, 4096}, {0, 24, true}, {4096, 4096}};
  open();
  const Received received = receive();
  ASSERT_EQ(received.batch.frags().size(), 4u);
  EXPECT_FALSE(received.batch.frags()[0].is_in_region());
  EXPECT_TRUE(received.batch.frags()[1].is_in_region());
  EXPECT_EQ(received.batch.frags()[0].host_bytes()[39], std::byte{39});
  EXPECT_EQ(received.batch.frags()[2].host_bytes()[0], std::byte{40});
  EXPECT_EQ(receiver->counts().linear_bytes, 64u);
  EXPECT_EQ(receiver->counts().frags, 2u);
  EXPECT_EQ(receiver->counts().tokens_outstanding, 2u);
}

TEST_F(DevmemRx, TakesBytesWithoutMessageAsOrdinaryOnes) {
  kernel.queue = {{0, 500, true}};
  kernel.tamper = [](auto& control, ssize_t&, int&) { control.clear(); };
  open();
  const Received received = receive();
  ASSERT_EQ(received.batch.frags().size(), 1u);
  EXPECT_EQ(received.batch.frags()[0].host_bytes().size(), 500u);
  EXPECT_EQ(received.batch.frags()[0].host_bytes()[499], std::byte{499 & 0xff});
  EXPECT_EQ(receiver->counts().linear_bytes, 500u);
}

TEST_F(DevmemRx, StopsAtTheFragsThatItMayHold) {
  for (std::uint64_t i = 0; i < 100; ++i)
    kernel.queue.push_back({i * 4096, 4096});
  open(8);
  {
    Received first = receive(3 * 4096);
    EXPECT_EQ(first.batch.frags().size(), 3u);
    Received second = receive();
    EXPECT_EQ(second.batch.frags().size(), 5u);
    EXPECT_EQ(receive().outcome, ReceiveOutcome::kFull);
    first.batch.append(std::move(second.batch));
    EXPECT_EQ(first.batch.frags().size(), 8u);
    EXPECT_EQ(first.batch.bytes(), 8u * 4096);
  }
  EXPECT_EQ(kernel.dontneed_calls.size(), 1u);
  EXPECT_EQ(receive().batch.frags().size(), 8u);
}

TEST_F(DevmemRx, StopsWhenLinearBytesHaveNoRoom) {
  kernel.queue = {{0, 3000, true}, {0, 4096}};
  open(64, 4000);
  Received first = receive();
  ASSERT_EQ(first.batch.bytes(), 4000u);  // 3000 linear bytes and a part of the frag.
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kFull);
  ASSERT_TRUE(first.batch.give_back());
  EXPECT_EQ(receive().batch.bytes(), 3096u);
}

TEST_F(DevmemRx, TellsWouldBlockEndAndInterruptionApart) {
  open();
  kernel.receive_errors = {EINTR, EINTR, EAGAIN};
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  kernel.has_ended = true;
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kEndOfStream);
}

TEST_F(DevmemRx, NamesWhatTheKernelRefuses) {
  open();
  const std::pair<int, Code> cases[] = {{ENODEV, Code::kUnsupported},
                                        {ECONNRESET, Code::kPeerClosed},
                                        {uapi::kErrnoTooSmall, Code::kExhausted},
                                        {EFAULT, Code::kIo},
                                        {ETIMEDOUT, Code::kTimeout}};
  for (const auto& [error, code] : cases) {
    kernel.receive_errors = {error};
    EXPECT_EQ(failing_code(), code) << error;
  }
}

// Each message is wrong in one way; whatever it is, the tokens that came with it go back.
TEST_F(DevmemRx, RefusesWhatTheKernelShouldNeverSay) {
  const auto edit = [](std::size_t index, auto change) {
    return [=](std::vector<std::byte>& control, ssize_t&, int&) {
      uapi::DmabufCmsg frag;
      std::byte* const at = control.data() + index * 40 + 16;
      std::memcpy(&frag, at, sizeof frag);
      change(frag);
      std::memcpy(at, &frag, sizeof frag);
    };
  };
  using Control = std::vector<std::byte>;
  const std::pair<const char*, decltype(kernel.tamper)> cases[] = {
      {"past the end", edit(1, [](auto& f) { f.frag_offset = kRegion - 4095; })},
      {"offset that wraps", edit(1, [](auto& f) { f.frag_offset = ~std::uint64_t{0} - 10; })},
      {"foreign binding", edit(1, [](auto& f) { f.dmabuf_id = 8; })},
      {"empty frag", edit(1, [](auto& f) { f.frag_size = 0; })},
      {"sum too small", edit(1, [](auto& f) { f.frag_size = 4095; })},
      {"result too large", [](Control&, ssize_t& result, int&) { ++result; }},
      {"cut off", [](Control&, ssize_t&, int& flags) { flags = MSG_CTRUNC; }},
  };
  for (const auto& [name, tamper] : cases) {
    open();
    kernel.queue = {{0, 4096}, {4096, 4096}, {8192, 4096}};
    kernel.tamper = tamper;
    EXPECT_EQ(failing_code(), Code::kProtocol) << name;
    EXPECT_TRUE(kernel.tokens.empty()) << name;
    EXPECT_EQ(receiver->counts().tokens_outstanding, 0u) << name;
    kernel.queue.clear();
  }
}

TEST_F(DevmemRx, RefusesMessagesThatCannotBe) {
  const auto set_length = [](std::size_t index, std::size_t length) {
    return [=](std::vector<std::byte>& control, ssize_t&, int&) {
      std::memcpy(control.data() + index * 40, &length, sizeof length);
    };
  };
  for (const std::size_t length : {std::size_t{0}, std::size_t{15}, std::size_t{16},
                                   std::size_t{39}, std::size_t{4000}, ~std::size_t{0}}) {
    open();
    kernel.queue = {{0, 4096}, {4096, 4096}};
    kernel.tamper = set_length(1, length);
    EXPECT_EQ(failing_code(), Code::kProtocol) << length;
    EXPECT_FALSE(kernel.tokens.contains(0)) << length;
    kernel.tokens.clear();
    kernel.queue.clear();
  }
}

TEST_F(DevmemRx, RefusesMoreLinearBytesThanItAskedFor) {
  open();
  kernel.queue = {{0, 100, true}};
  kernel.tamper = [](auto& control, ssize_t& result, int&) {
    const std::uint32_t size = 1 << 17;
    std::memcpy(control.data() + 16 + 8, &size, sizeof size);
    result = size;
  };
  EXPECT_EQ(failing_code(), Code::kProtocol);
}

TEST_F(DevmemRx, PassesOverMessagesOfOtherKinds) {
  kernel.queue = {{0, 4096}};
  kernel.tamper = [](std::vector<std::byte>& control, ssize_t&, int&) {
    std::vector<std::byte> other(CMSG_SPACE(4));
    const cmsghdr header{.cmsg_len = CMSG_LEN(4), .cmsg_level = IPPROTO_TCP, .cmsg_type = 36};
    std::memcpy(other.data(), &header, sizeof header);
    control.insert(control.begin(), other.begin(), other.end());
  };
  open();
  EXPECT_EQ(receive().batch.frags().size(), 1u);
}

TEST_F(DevmemRx, SplitsAGiveBackAtTheBoundsOfOneCall) {
  for (std::uint64_t i = 0; i < 3000; ++i)
    kernel.queue.push_back({i % 256 * 4096, 16});
  open(3000, 1 << 20);
  {
    EXPECT_EQ(receive().batch.frags().size(), 3000u);
  }
  EXPECT_EQ(kernel.dontneed_calls.size(), 3u);  // 1024 + 1024 + 952.
  EXPECT_TRUE(kernel.tokens.empty());

  // Every second token is in use: no two are consecutive, so the bound on ranges counts.
  kernel.dontneed_calls.clear();
  for (std::uint32_t i = 1; i < 1000; i += 2)
    kernel.tokens.insert(i);
  for (std::uint64_t i = 0; i < 300; ++i)
    kernel.queue.push_back({0, 16});
  {
    EXPECT_EQ(receive().batch.frags().size(), 300u);
  }
  ASSERT_TRUE(receiver->flush());
  EXPECT_EQ(kernel.dontneed_calls.size(), 3u);  // 128 + 128 + 44.
  EXPECT_EQ(receiver->counts().tokens_outstanding, 0u);
}

TEST_F(DevmemRx, GivesBackNoMoreTokensACallThanAsked) {
  for (std::uint64_t i = 0; i < 10; ++i)
    kernel.queue.push_back({i * 4096, 4096});
  receiver = *DevmemReceiver::open(
      kernel, {.bindings = {{kBinding, kRegion}}, .max_held_frags = 64, .token_batch = 4});
  EXPECT_EQ(receive().batch.frags().size(), 10u);  // And dies at once.
  ASSERT_EQ(kernel.dontneed_calls.size(), 3u);     // 4, 4 and 2, without being asked to flush.
  EXPECT_EQ(kernel.dontneed_calls[0][0].token_count, 4u);
  EXPECT_EQ(kernel.dontneed_calls[2][0].token_count, 2u);
  EXPECT_TRUE(kernel.tokens.empty());
  EXPECT_FALSE(DevmemReceiver::open(
      kernel, {.bindings = {{kBinding, kRegion}}, .max_held_frags = 64, .token_batch = 1025}));
}

TEST_F(DevmemRx, GoesOnAfterAShortGiveBack) {
  for (std::uint64_t i = 0; i < 20; ++i)
    kernel.queue.push_back({i * 4096, 100});
  kernel.max_dontneed = 6;
  kernel.tokens = {5, 11};  // So that ranges are cut in the middle as well as between.
  open();
  Received received = receive();
  ASSERT_TRUE(received.batch.give_back());
  EXPECT_EQ(kernel.dontneed_calls.size(), 4u);
  EXPECT_EQ(kernel.tokens, (std::set<std::uint32_t>{5, 11}));
  EXPECT_EQ(receiver->counts().tokens_outstanding, 0u);
}

TEST_F(DevmemRx, SaysSoWhenTheKernelDoesNotKnowAToken) {
  kernel.queue = {{0, 4096}, {4096, 4096}, {8192, 4096}};
  open();
  Received received = receive();
  kernel.tokens.erase(1);
  ASSERT_TRUE(received.batch.give_back());
  const Status status = receiver->flush();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kProtocol);
  EXPECT_EQ(receiver->counts().tokens_outstanding, 1u);
  EXPECT_EQ(failing_code(), Code::kProtocol);  // Remembered.
}

TEST_F(DevmemRx, RemembersAGiveBackThatFailedInADestructor) {
  kernel.queue = {{0, 4096}};
  open();
  {
    Received received = receive();
    kernel.dontneed_error = ENOMEM;
  }
  EXPECT_FALSE(receiver->flush());
  EXPECT_EQ(failing_code(), Code::kExhausted);
  EXPECT_EQ(receiver->counts().tokens_outstanding, 1u);
}

TEST_F(DevmemRx, RefusesOptionsThatAreZero) {
  const DevmemReceiverOptions bad[] = {
      {.bindings = {}, .max_held_frags = 1},
      {.bindings = {{7, 4096}, {8, 0}}, .max_held_frags = 1},
      {.bindings = {{7, 4096}}, .max_held_frags = 0},
      {.bindings = {{7, 4096}}, .max_held_frags = 1, .max_read_bytes = 0},
  };
  for (const auto& options : bad)
    EXPECT_EQ(DevmemReceiver::open(kernel, options).error().code, Code::kInvalidArgument);
}

TEST_F(DevmemRx, NamesTheRegionThatAFragLiesIn) {
  receiver =
      *DevmemReceiver::open(kernel, {.bindings = {{7, 8192}, {9, 4096}}, .max_held_frags = 16});
  kernel.queue = {{4096, 4096}, {0, 4096, false, 9}, {0, 10, true}, {0, 4096}};
  const Received received = receive();
  std::vector<std::uint32_t> regions;
  for (const Frag& frag : received.batch.frags())
    regions.push_back(frag.region_index);
  EXPECT_EQ(regions, (std::vector<std::uint32_t>{0, 1, 0, 0}));

  kernel.queue = {{4096, 4096, false, 9}};  // Would fit the other one.
  receiver->receive(1);
  EXPECT_EQ(failing_code(), Code::kProtocol);
}

// A consumer that takes and drops a frag at a time: the tokens still go back many at a time.
TEST_F(DevmemRx, GathersTokensOfBatchesThatDieOneByOne) {
  open(4096, 1 << 20);
  for (std::uint64_t i = 0; i < 4096; ++i)
    kernel.queue.push_back({i % 256 * 4096, 4096});
  for (int i = 0; i < 4096; ++i)
    EXPECT_EQ(receive(4096).batch.frags().size(), 1u);
  EXPECT_EQ(kernel.dontneed_calls.size(), 4u);
  for (const auto& ranges : kernel.dontneed_calls)
    EXPECT_EQ(ranges.size(), 1u);
  EXPECT_TRUE(kernel.tokens.empty());
  const TokenReturnCounts& returns = *receiver->token_returns();
  EXPECT_EQ(returns.tokens_per_call.count(), 4u);
  EXPECT_EQ(returns.tokens_per_call.sum(), 4096u);
  EXPECT_EQ(returns.tokens_per_call.min(), 1024u);
  EXPECT_EQ(returns.ranges, 4u);
}

TEST_F(DevmemRx, SortsTokensOfBatchesThatDieInAnyOrder) {
  open(256, 1 << 20);
  for (std::uint64_t i = 0; i < 64; ++i)
    kernel.queue.push_back({i * 4096, 4096});
  std::vector<FragBatch> batches;
  for (int i = 0; i < 64; ++i)
    batches.push_back(receive(4096).batch);
  Random random(3);
  while (!batches.empty()) {
    const auto at = batches.begin() + static_cast<std::ptrdiff_t>(random.below(batches.size()));
    ASSERT_TRUE(at->give_back());
    batches.erase(at);
  }
  ASSERT_EQ(kernel.dontneed_calls.size(), 1u);  // A quarter of what may be away has gathered.
  ASSERT_EQ(kernel.dontneed_calls[0].size(), 1u);
  EXPECT_EQ(kernel.dontneed_calls[0][0].token_count, 64u);
}

// Whatever a consumer holds, no more niovs are away than it was allowed, and what has gathered goes
// back as soon as half of them are.
TEST_F(DevmemRx, NeverKeepsMoreNiovsThanAllowed) {
  open(64, 1 << 20);
  std::deque<FragBatch> held;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    kernel.queue.push_back({0, 4096});
    Received received = receive(4096);
    ASSERT_LE(kernel.tokens.size(), 64u);
    if (received.outcome == ReceiveOutcome::kData) held.push_back(std::move(received.batch));
    if (received.outcome == ReceiveOutcome::kFull || held.size() == 20) held.clear();
    ASSERT_LE(kernel.tokens.size(), held.size() + 32);
  }
}

TEST_F(DevmemRx, GivesBackWhatHasGatheredOnceHalfIsAway) {
  open(64, 1 << 20);
  for (int i = 0; i < 40; ++i)
    kernel.queue.push_back({0, 4096});
  const Received held = receive(27 * 4096);
  for (int i = 0; i < 4; ++i)
    receive(4096);
  EXPECT_EQ(kernel.tokens.size(), 31u);
  const Received one_more = receive(4096);
  EXPECT_EQ(kernel.tokens.size(), 32u);
  receive(4096);
  EXPECT_EQ(kernel.tokens.size(), 29u);  // What is on loan, and the one that was just dropped.
}

// Before a wait it pays to give back what has gathered, unless it is hardly anything.
TEST_F(DevmemRx, GivesBackWhatHasGatheredWhenNothingComes) {
  open(2048, 1 << 20);
  const auto take = [&](std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
      kernel.queue.push_back({i * 4096, 4096});
    EXPECT_EQ(receive().batch.frags().size(), count);
    EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  };
  take(63);
  EXPECT_EQ(kernel.dontneed_calls.size(), 0u);
  take(1);
  EXPECT_EQ(kernel.dontneed_calls.size(), 1u);
  EXPECT_TRUE(kernel.tokens.empty());
  take(5);
  kernel.has_ended = true;
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kEndOfStream);
  EXPECT_TRUE(kernel.tokens.empty());
}

TEST_F(DevmemRx, GivesBackWhatHasGatheredWhenItDies) {
  kernel.queue = {{0, 4096}};
  open();
  receive();
  EXPECT_EQ(kernel.tokens.size(), 1u);
  receiver.reset();
  EXPECT_TRUE(kernel.tokens.empty());
}

TEST_F(DevmemRx, AsksNotAgainWhenTheLastReadTookAllThereWas) {
  open();
  kernel.queue = {{0, 4096}, {4096, 4096}};
  EXPECT_EQ(receive().batch.frags().size(), 2u);
  kernel.receive_errors = {ECONNRESET};
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(failing_code(), Code::kPeerClosed);
  // Not so where it took all that it might.
  kernel.queue = {{0, 4096}, {4096, 4096}};
  EXPECT_EQ(receive(4096).batch.frags().size(), 1u);
  EXPECT_EQ(receive(4096).batch.frags().size(), 1u);
}

// Any mix of frags, linear bytes, short reads and interruptions yields the stream, whole and in
// order, and every token comes back.
TEST_F(DevmemRx, KeepsTheStreamWholeUnderAnyInterleaving) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    kernel = FakeKernel{};
    kernel.max_dontneed = 1 + random.below(1024);
    std::vector<std::pair<bool, std::uint64_t>> expected, seen;  // One entry a byte.
    std::uint64_t linear_sent = 0;
    for (std::uint64_t i = 0, count = random.below(200); i < count; ++i) {
      const auto length = static_cast<std::uint32_t>(1 + random.below(300));
      const bool is_linear = random.chance(0.2);
      const std::uint64_t offset = random.below(kRegion - length);
      kernel.queue.push_back({offset, length, is_linear});
      for (std::uint32_t k = 0; k < length; ++k)
        expected.emplace_back(is_linear, is_linear ? (linear_sent++ & 0xff) : offset + k);
    }
    kernel.has_ended = true;
    for (int i = 0; i < 20; ++i) {
      if (random.chance(0.5)) kernel.receive_errors.push_back(random.chance(0.5) ? EINTR : EAGAIN);
    }
    open(static_cast<std::uint32_t>(1 + random.below(50)), 1024 + random.below(8192));
    FragBatch held;
    for (bool goes_on = true; goes_on;) {
      Received received = receive(1 + random.below(5000));
      goes_on = received.outcome != ReceiveOutcome::kEndOfStream;
      for (const Frag& frag : received.batch.frags()) {
        for (std::uint64_t k = 0; k < frag.length; ++k) {
          seen.emplace_back(!frag.is_in_region(),
                            frag.is_in_region() ? frag.region_offset + k
                                                : std::to_integer<std::uint64_t>(frag.linear[k]));
        }
      }
      held.append(std::move(received.batch));
      if (received.outcome == ReceiveOutcome::kFull || random.chance(0.3)) {
        ASSERT_TRUE(held.give_back());
      }
    }
    ASSERT_TRUE(held.give_back());
    EXPECT_EQ(seen, expected);
    EXPECT_TRUE(kernel.tokens.empty());
    EXPECT_EQ(receiver->counts().tokens_outstanding, 0u);
  }
}

}  // namespace
}  // namespace nobounce::path
