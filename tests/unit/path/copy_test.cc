// SPDX-License-Identifier: Apache-2.0
// Path copy in both directions, over a kernel that is a script of results.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "fake_stream.h"
#include "memory/host_memory.h"
#include "path/copy_rx.h"
#include "path/copy_tx.h"
#include "unreachable_region.h"

namespace nobounce::path {
namespace {

class ScriptedSocket final : public sys::SocketCalls {
 public:
  std::deque<ssize_t> results;  // One a call; then -EAGAIN.
  std::vector<iovec> asked;

  ssize_t recvmsg(msghdr& message, int flags) override { return next(message, flags); }
  ssize_t sendmsg(const msghdr& message, int flags) override { return next(message, flags); }
  int setsockopt(int, int, std::span<const std::byte>) override { return -ENOPROTOOPT; }
  int pending_error() override { return 0; }
  int getsockopt(int, int, std::span<std::byte>) override { return 0; }
  int wait(short events, int) override {
    waited_for = events;
    return 0;
  }
  short waited_for = 0;

 private:
  ssize_t next(const msghdr& message, int flags) {
    EXPECT_EQ(flags, 0);
    asked.push_back(*message.msg_iov);
    if (results.empty()) return -EAGAIN;
    const ssize_t result = results.front();
    results.pop_front();
    return result;
  }
};

class Copy : public testing::Test {
 protected:
  ScriptedSocket socket;
  std::unique_ptr<memory::Region> region = *memory::open_host_memory(4096);
};

TEST_F(Copy, FillsTheRegionFromItsStartAndStartsAnewOnceAllIsBack) {
  const auto receiver = *CopyReceiver::open(socket, *region);
  socket.results = {1000, -EINTR, 3096, 50};
  auto first = *receiver->receive(1000);
  auto second = *receiver->receive(1 << 20);
  EXPECT_EQ(second.batch.frags()[0].extent().offset, 1000u);
  EXPECT_EQ(receiver->receive(1)->outcome, ReceiveOutcome::kFull);
  first.batch.append(std::move(second.batch));
  EXPECT_EQ(first.batch.bytes(), 4096u);
  ASSERT_TRUE(first.batch.give_back());
  EXPECT_EQ(receiver->receive(50)->batch.frags()[0].extent().offset, 0u);
  EXPECT_EQ(socket.asked.back().iov_base, region->cpu_view()->data());
  EXPECT_EQ(socket.asked.back().iov_len, 50u);
  EXPECT_EQ(receiver->counts().bytes, 4146u);
  EXPECT_EQ(receiver->counts().staged_bytes, 0u);
  EXPECT_EQ(receiver->counts().tokens_outstanding, 0u);
}

TEST_F(Copy, ReadsNoMoreAtATimeThanAsked) {
  const auto receiver = *CopyReceiver::open(socket, *region, {.max_read_bytes = 100});
  socket.results = {100};
  ASSERT_TRUE(receiver->receive(1000));
  EXPECT_EQ(socket.asked.back().iov_len, 100u);
}

TEST_F(Copy, TellsWouldBlockEndAndErrorsApart) {
  const auto receiver = *CopyReceiver::open(socket, *region);
  EXPECT_EQ(receiver->receive(1)->outcome, ReceiveOutcome::kWouldBlock);
  socket.results = {0, -ECONNRESET, -EFAULT};
  EXPECT_EQ(receiver->receive(1)->outcome, ReceiveOutcome::kEndOfStream);
  EXPECT_EQ(receiver->receive(1).error().code, Code::kPeerClosed);
  const auto unreadable = receiver->receive(1);
  EXPECT_EQ(unreadable.error().code, Code::kUnsupported);
  EXPECT_NE(unreadable.error().fix.find("--path devmem"), std::string::npos);
}

TEST_F(Copy, AsksNotAgainAfterAShortReadOrAShortSend) {
  const auto receiver = *CopyReceiver::open(socket, *region);
  socket.results = {100, 200};
  EXPECT_EQ(receiver->receive(1000)->batch.bytes(), 100u);
  EXPECT_EQ(receiver->receive(1000)->outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(socket.asked.size(), 1u);
  EXPECT_EQ(receiver->receive(1000)->batch.bytes(), 200u);

  const auto sender = *CopySender::open(socket, *region);
  socket.asked.clear();
  socket.results = {100, 200};
  EXPECT_EQ(*sender->send({0, 1000}), 100u);
  EXPECT_EQ(*sender->send({100, 900}), 0u);
  EXPECT_EQ(socket.asked.size(), 1u);
  EXPECT_EQ(*sender->send({100, 900}), 200u);
}

TEST_F(Copy, SendsFromTheRegion) {
  const auto sender = *CopySender::open(socket, *region);
  socket.results = {-EINTR, 200};
  EXPECT_EQ(*sender->send({100, 200}), 200u);
  EXPECT_EQ(socket.asked.back().iov_base, region->cpu_view()->data() + 100);
  EXPECT_EQ(socket.asked.back().iov_len, 200u);
  EXPECT_EQ(*sender->send({0, 1}), 0u);
  EXPECT_EQ(*sender->wait(Awaited::kRoom, 0), Wake::kTimeout);
  EXPECT_EQ(socket.waited_for, POLLOUT);
  EXPECT_TRUE(*sender->settle());
  socket.results = {-EPIPE};
  EXPECT_EQ(sender->send({0, 1}).error().code, Code::kPeerClosed);
  EXPECT_EQ(sender->counts().staged_bytes, 0u);
}

TEST_F(Copy, NeverSendsFromOutsideOfTheRegion) {
  const auto sender = *CopySender::open(socket, *region);
  for (const memory::Extent extent :
       {memory::Extent{4096, 1}, memory::Extent{0, 4097}, memory::Extent{~std::uint64_t{0}, 2}}) {
    EXPECT_EQ(sender->send(extent).error().code, Code::kInvalidArgument);
  }
  EXPECT_TRUE(socket.asked.empty());
}

// A region that the CPU can't reach is loaded and stored by way of a buffer, and that is counted.
TEST(CopyStaged, ReceivesIntoARegionThatTheCpuCannotReach) {
  FakeStream kernel;
  kernel.queue = {{1 << 20, false}};
  UnreachableRegion region(1 << 20);
  const auto receiver = *CopyReceiver::open(kernel, region);
  FragBatch held;
  while (held.bytes() < 1 << 20) {
    auto received = receiver->receive(1 << 20);
    held.append(std::move(received->batch));
  }
  EXPECT_TRUE(*region.matches({0, 1 << 20}, FakeStream::kSeed, 0));
  EXPECT_EQ(receiver->counts().staged_bytes, 1u << 20);
  EXPECT_LE(region.largest_access, 256u << 10);
  EXPECT_EQ(receiver->receive(1)->outcome, ReceiveOutcome::kFull);
  ASSERT_TRUE(held.give_back());
  kernel.queue = {{1, false}};
  region.access_answer = fail(error_from_errno(EIO, "load", "a region"));
  EXPECT_EQ(receiver->receive(1).error().code, Code::kIo);
}

TEST(CopyStaged, SendsFromARegionThatTheCpuCannotReach) {
  ScriptedSocket socket;
  UnreachableRegion region(1 << 20);
  ASSERT_TRUE(region.fill({0, 1 << 20}, 4, 0));
  const auto sender = *CopySender::open(socket, region);
  socket.results = {100, 256 << 10};
  EXPECT_EQ(*sender->send({0, 1 << 20}), 100u);
  EXPECT_EQ(*sender->send({100, 1 << 19}), 0u);  // Not before there is room.
  EXPECT_EQ(*sender->send({100, 1 << 19}), 256u << 10);
  const auto* const staged = static_cast<const std::byte*>(socket.asked.back().iov_base);
  EXPECT_FALSE(find_pattern_mismatch({staged, 256 << 10}, 4, 100));
  EXPECT_EQ(sender->counts().staged_bytes, 2u * (256 << 10));
  region.access_answer = fail(error_from_errno(EIO, "store", "a region"));
  EXPECT_EQ(sender->send({0, 1}).error().code, Code::kIo);
}

TEST(CopyStaged, RefusesAnEmptyRegion) {
  ScriptedSocket socket;
  UnreachableRegion region(0);
  EXPECT_EQ(CopyReceiver::open(socket, region).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace nobounce::path
