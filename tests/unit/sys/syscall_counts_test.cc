// SPDX-License-Identifier: Apache-2.0
#include "sys/syscall_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace nobounce::sys {
namespace {

TEST(SyscallCounts, GivesNameAndCountOfTheCallsMade) {
  SyscallCounts counts;
  counts.add(Syscall::kRecvmsg);
  counts.add(Syscall::kRecvmsg, 2);
  counts.add(Syscall::kShutdown);

  std::vector<std::pair<std::string, std::uint64_t>> seen;
  counts.for_each(
      [&](std::string_view name, std::uint64_t count) { seen.emplace_back(name, count); });
  EXPECT_THAT(seen,
              testing::ElementsAre(testing::Pair("recvmsg", 3), testing::Pair("shutdown", 1)));
  EXPECT_EQ(counts.of(Syscall::kRecvmsg), 3u);
  EXPECT_EQ(counts.of(Syscall::kRead), 0u);
}

TEST(SyscallCounts, AddUpOverThreads) {
  SyscallCounts first;
  SyscallCounts second;
  first.add(Syscall::kSendmsg, 2);
  second.add(Syscall::kSendmsg, 3);
  second.add(Syscall::kPoll);
  first += second;
  EXPECT_EQ(first.of(Syscall::kSendmsg), 5u);
  EXPECT_EQ(first.of(Syscall::kPoll), 1u);
}

TEST(SyscallCounts, NamesEachCallAsStraceDoes) {
  EXPECT_EQ(name_of(Syscall::kRead), "read");
  EXPECT_EQ(name_of(Syscall::kRecvfrom), "recvfrom");
  EXPECT_EQ(name_of(Syscall::kSendmsg), "sendmsg");
  EXPECT_EQ(name_of(Syscall::kSetsockopt), "setsockopt");
  EXPECT_EQ(name_of(Syscall::kPpoll), "ppoll");
  EXPECT_EQ(name_of(Syscall::kIoUringEnter), "io_uring_enter");
  EXPECT_EQ(name_of(Syscall::kShutdown), "shutdown");
}

}  // namespace
}  // namespace nobounce::sys
