// SPDX-License-Identifier: Apache-2.0
#include "sys/stop_signal.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>

namespace nobounce::sys {
namespace {

bool is_readable(int fd) {
  pollfd polled{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&polled, 1, 0) == 1;
}

TEST(StopSignal, MakesItsDescriptorReadable) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const auto stop = StopSignal::install();
    ASSERT_TRUE(stop);
    EXPECT_FALSE(is_readable(stop->fd()));
    std::raise(signal);
    EXPECT_TRUE(is_readable(stop->fd())) << signal;
  }
}

TEST(StopSignal, LeavesAHangUpIgnoredThatNohupIgnores) {
  std::signal(SIGHUP, SIG_IGN);
  {
    const auto stop = StopSignal::install();
    ASSERT_TRUE(stop);
    std::raise(SIGHUP);
    EXPECT_FALSE(is_readable(stop->fd()));
  }
  EXPECT_EQ(std::signal(SIGHUP, SIG_DFL), SIG_IGN);
}

TEST(StopSignal, HearsAnInterruptThatAShellIgnoresInTheBackground) {
  std::signal(SIGINT, SIG_IGN);
  {
    const auto stop = StopSignal::install();
    ASSERT_TRUE(stop);
    std::raise(SIGINT);
    EXPECT_TRUE(is_readable(stop->fd()));
  }
  EXPECT_EQ(std::signal(SIGINT, SIG_DFL), SIG_IGN);
}

}  // namespace
}  // namespace nobounce::sys
