// SPDX-License-Identifier: Apache-2.0
#include "sys/event_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "sys/fd.h"

namespace nobounce::sys {
namespace {

TEST(EventFd, counts_signals) {
  const Fd fd(::eventfd(0, EFD_CLOEXEC));
  ASSERT_TRUE(adopt_eventfd(fd.get()));
  EXPECT_TRUE(signal_eventfd(fd.get()));
  EXPECT_TRUE(signal_eventfd(fd.get()));
  std::uint64_t count = 0;
  ASSERT_EQ(::read(fd.get(), &count, sizeof count), 8);
  EXPECT_EQ(count, 2u);
}

TEST(EventFd, a_full_counter_does_not_block_the_signaller) {
  const Fd fd(::eventfd(0, EFD_CLOEXEC));
  ASSERT_TRUE(adopt_eventfd(fd.get()));
  const std::uint64_t most = ~std::uint64_t{0} - 1;
  ASSERT_EQ(::write(fd.get(), &most, sizeof most), 8);
  EXPECT_TRUE(signal_eventfd(fd.get()));
}

TEST(EventFd, refuses_files_of_other_kinds) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  const Fd reader(pipe_ends[0]);
  const Fd writer(pipe_ends[1]);
  EXPECT_FALSE(adopt_eventfd(writer.get()));
  EXPECT_EQ(::fcntl(writer.get(), F_GETFL) & O_NONBLOCK, 0) << "it is left as it was";
  EXPECT_FALSE(adopt_eventfd(-1));
  EXPECT_FALSE(signal_eventfd(reader.get()));
}

}  // namespace
}  // namespace nobounce::sys
