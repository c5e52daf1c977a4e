// SPDX-License-Identifier: Apache-2.0
#include "sys/epoll_set.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace nobounce::sys {
namespace {

class EpollTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    near.reset(ends[0]);
    far.reset(ends[1]);
  }
  std::span<Epoll::Event> wait() { return epoll.wait(events, std::chrono::nanoseconds(0)).value(); }

  Epoll epoll = Epoll::open().value();
  std::array<Epoll::Event, 4> events;
  Fd near;
  Fd far;
};

TEST_F(EpollTest, names_what_is_ready_by_its_key) {
  ASSERT_TRUE(epoll.add(near.get(), Epoll::Interest::kRead, 77));
  EXPECT_TRUE(wait().empty());
  ASSERT_EQ(::write(far.get(), "x", 1), 1);
  ASSERT_EQ(wait().size(), 1u);
  EXPECT_EQ(events[0].key, 77u);
  EXPECT_TRUE(events[0].readable);
  EXPECT_FALSE(events[0].writable);
  ASSERT_TRUE(epoll.modify(near.get(), Epoll::Interest::kReadWrite, 78));
  ASSERT_EQ(wait().size(), 1u);
  EXPECT_EQ(events[0].key, 78u);
  EXPECT_TRUE(events[0].writable);
  ASSERT_TRUE(epoll.remove(near.get()));
  EXPECT_TRUE(wait().empty());
}

TEST_F(EpollTest, reports_a_hang_up_as_readiness) {
  ASSERT_TRUE(epoll.add(near.get(), Epoll::Interest::kRead, 1));
  far.reset();
  ASSERT_EQ(wait().size(), 1u);
  EXPECT_TRUE(events[0].readable && events[0].writable);
}

TEST_F(EpollTest, refuses_what_cannot_be_watched) {
  ASSERT_TRUE(epoll.add(near.get(), Epoll::Interest::kRead, 1));
  EXPECT_FALSE(epoll.add(near.get(), Epoll::Interest::kRead, 2)) << "twice";
  EXPECT_FALSE(epoll.remove(far.get())) << "never added";
  EXPECT_FALSE(epoll.add(-1, Epoll::Interest::kRead, 3));
}

}  // namespace
}  // namespace nobounce::sys
