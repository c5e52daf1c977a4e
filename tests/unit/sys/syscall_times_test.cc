// SPDX-License-Identifier: Apache-2.0
#include "sys/syscall_times.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "sys/syscall_account.h"
#include "sys/tcp_socket.h"

namespace nobounce::sys {
namespace {

TEST(SyscallTimes, AreZeroWhereNothingWasCalled) {
  const SyscallTimes times;
  EXPECT_EQ(times.of(Syscall::kRecvmsg).min_ns(), 0u);
  times.for_each([](std::string_view name, const CallTimes&) { FAIL() << name; });
}

TEST(SyscallTimes, TellTheSpreadOfEachCall) {
  SyscallTimes times;
  for (const std::uint64_t ns : {2, 4, 4, 4, 5, 5, 7, 9})
    times.add(Syscall::kRecvmsg, ns, 100);
  times.add(Syscall::kPoll, 1000, 0);
  const CallTimes& calls = times.of(Syscall::kRecvmsg);
  EXPECT_EQ(calls.calls(), 8u);
  EXPECT_EQ(calls.total_ns(), 40u);
  EXPECT_EQ(calls.min_ns(), 2u);
  EXPECT_EQ(calls.max_ns(), 9u);
  EXPECT_DOUBLE_EQ(calls.mean_ns(), 5);
  EXPECT_DOUBLE_EQ(calls.deviation_ns(), 2);
  EXPECT_EQ(calls.errors(), 0u);
  EXPECT_EQ(times.of(Syscall::kPoll).deviation_ns(), 0) << "one call has no spread";
}

// A sum of squares would have lost the spread in its last digits.
TEST(SyscallTimes, KeepASmallSpreadOfLongCalls) {
  CallTimes calls;
  constexpr std::uint64_t kSecond = 1'000'000'000;
  for (int i = 0; i < 1000; ++i)
    calls.add(kSecond + (i % 2 == 0 ? 0 : 2), 0);
  EXPECT_NEAR(calls.deviation_ns(), 1, 1e-3);
}

TEST(SyscallTimes, CountErrorsAndAmongThemWouldBlock) {
  CallTimes calls;
  calls.add(1, -EAGAIN);
  calls.add(1, -ECONNRESET);
  calls.add(1, 0);
  EXPECT_EQ(calls.errors(), 2u);
  EXPECT_EQ(calls.would_block(), 1u);
}

TEST(SyscallAccount, TimesOnlyOnceAsked) {
  SyscallAccount account;
  SyscallTimes times;
  EXPECT_EQ(account.make(Syscall::kRead, [] { return 5; }), 5);
  account.time_into(times);
  EXPECT_EQ(account.make(Syscall::kRead, [] { return -EAGAIN; }), -EAGAIN);
  EXPECT_EQ(account.counts().of(Syscall::kRead), 2u);
  EXPECT_EQ(times.of(Syscall::kRead).calls(), 1u);
  EXPECT_EQ(times.of(Syscall::kRead).would_block(), 1u);
}

TEST(SyscallAccount, OfASocketTimesWhatItCounts) {
  auto listener = TcpListener::open({.address = "127.0.0.1", .port = 0}, {});
  ASSERT_TRUE(listener) << to_string(listener.error());
  auto socket = TcpSocket::connect(listener->local(), {});
  ASSERT_TRUE(socket) << to_string(socket.error());
  SyscallTimes times;
  socket->time_syscalls(times);
  EXPECT_EQ(socket->pending_error(), 0);
  EXPECT_EQ(socket->wait(POLLIN, 3), 0);
  msghdr nothing{};
  EXPECT_EQ(socket->recvmsg(nothing, 0), -EAGAIN);
  EXPECT_TRUE(socket->shut_down_sending());
  socket->syscalls().for_each([&](std::string_view name, std::uint64_t count) {
    std::uint64_t timed = 0;
    times.for_each([&](std::string_view of, const CallTimes& calls) {
      if (of == name) timed = calls.calls();
    });
    EXPECT_EQ(timed, count) << name;
  });
  EXPECT_EQ(times.of(Syscall::kRecvmsg).would_block(), 1u);
  EXPECT_GE(times.of(Syscall::kPoll).total_ns(), 2'000'000u) << "it waited 3 ms";
}

}  // namespace
}  // namespace nobounce::sys
