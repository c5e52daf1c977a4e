// SPDX-License-Identifier: Apache-2.0
// The order of a rack's turns, which the test runs itself.
#include "emulator/chassis/rack.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>

#include "scratch_directory.h"
#include "sys/fd.h"
#include "sys/steady_clock.h"

namespace nobounce::emulator {
namespace {

class RackTest : public testing::Test {
 protected:
  void send_into(const char* name, const std::string& frame) {
    const sys::Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (directory_ / name).native().copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::sendto(fd.get(), frame.data(), frame.size(), 0,
                       reinterpret_cast<const sockaddr*>(&address), sizeof address),
              static_cast<ssize_t>(frame.size()));
  }

  const ScratchDirectory scratch_;
  const std::filesystem::path directory_ = scratch_.path();
};

// However long ago the last turn was: a frame comes when it is read.
TEST_F(RackTest, AFrameFromOutsideIsDelayedFromWhenItCame) {
  constexpr std::uint64_t kDelayNs = 3'600'000'000'000;
  Layout layout = layout_of_pairs({.count = 1});
  layout.socket_directory = directory_;
  const auto station = [&](const char* local, const char* peer) {
    return Station{.kind = Station::Kind::kDatagram,
                   .name = {},
                   .local = directory_ / local,
                   .peer = directory_ / peer};
  };
  layout.wires.push_back({.name = "outside",
                          .stations = {station("a-in", "a-out"), station("b-in", "b-out")},
                          .impairments = {.delay_ns = kDelayNs}});
  auto epoll = sys::Epoll::open();
  ASSERT_TRUE(epoll);
  auto rack = Rack::open(layout, *epoll);
  ASSERT_TRUE(rack) << to_string(rack.error());
  EXPECT_EQ((*rack)->run().due_ns, std::nullopt);

  const std::uint64_t sent_ns = sys::SteadyClock().now_ns();
  send_into("a-in", std::string(100, 'x'));
  std::array<sys::Epoll::Event, sys::Epoll::kMaxEvents> buffer;
  const auto events = epoll->wait(buffer, std::chrono::seconds(20));
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 1U);
  (*rack)->on_ready(events->front().key);
  const Rack::Turn turn = (*rack)->run();
  ASSERT_TRUE(turn.due_ns);
  EXPECT_GE(*turn.due_ns, sent_ns + kDelayNs);
  EXPECT_EQ((*rack)->statistics().wires[1].ports[0].waiting_frames, 1U);
}

}  // namespace
}  // namespace nobounce::emulator
