// SPDX-License-Identifier: Apache-2.0
#include "sys/payload_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace nobounce::sys {
namespace {

TEST(PayloadSource, RefusesADirectoryAsAWrongArgument) {
  const auto source = PayloadSource::open("/", -1);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, Code::kInvalidArgument);
}

TEST(PayloadSink, DoesNotTakeAReaderThatLeftForThePeerOfAConnection) {
  const auto earlier = std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  auto sink = PayloadSink::open("/proc/self/fd/" + std::to_string(ends[1]), -1);
  ASSERT_TRUE(sink);
  ::close(ends[0]);
  const Status written = sink->write(std::array<std::byte, 1>{});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().sys_errno, EPIPE);
  EXPECT_EQ(written.error().code, Code::kIo);
  ::close(ends[1]);
  std::signal(SIGPIPE, earlier);
}

}  // namespace
}  // namespace nobounce::sys
