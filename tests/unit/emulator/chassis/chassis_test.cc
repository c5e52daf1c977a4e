// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/chassis.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "scratch_directory.h"

namespace nobounce::emulator {
namespace {

class ChassisTest : public testing::Test {
 protected:
  Layout pairs(std::uint32_t count) { return placed(layout_of_pairs({.count = count})); }
  Layout placed(Layout layout) {
    layout.socket_directory = directory_;
    return layout;
  }

  const ScratchDirectory scratch_;
  const std::filesystem::path directory_ = scratch_.path();
};

TEST_F(ChassisTest, OffersTheNicsOfItsLayoutAndTidiesUp) {
  {
    auto chassis = Chassis::start(pairs(3));
    ASSERT_TRUE(chassis) << to_string(chassis.error());
    const auto& nics = (*chassis)->nics();
    ASSERT_EQ(nics.size(), 6U);
    for (const NicPort& nic : nics) {
      struct stat status{};
      ASSERT_EQ(::stat(nic.socket.c_str(), &status), 0);
      EXPECT_TRUE(S_ISSOCK(status.st_mode));
      EXPECT_EQ(status.st_mode & 0777U, 0600U);
    }
    EXPECT_EQ(nics[5].name, "pair2-b");
    EXPECT_EQ(nics[5].socket, directory_ / "pair2-b.sock");
    EXPECT_EQ(nics[5].mac, "02:6e:62:00:02:01");
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(ChassisTest, HoldsAsManyNicsAsItSays) {
  auto chassis = Chassis::start(placed(layout_of_switch({.count = kMaxNics, .queues = 1})));
  ASSERT_TRUE(chassis) << to_string(chassis.error());
  const ChassisStatistics statistics = (*chassis)->statistics();
  EXPECT_EQ(statistics.nics.size(), kMaxNics);
  ASSERT_EQ(statistics.wires.size(), 1U);
  EXPECT_EQ(statistics.wires[0].ports.size(), kMaxNics);
}

TEST_F(ChassisTest, CanBeAskedFromManyThreads) {
  auto chassis = Chassis::start(pairs(1));
  ASSERT_TRUE(chassis);
  std::vector<std::thread> askers;
  for (int asker = 0; asker < 4; ++asker) {
    askers.emplace_back([&] {
      for (int turn = 0; turn < 100; ++turn) {
        EXPECT_EQ((*chassis)->statistics().nics.size(), 2U);
        EXPECT_TRUE((*chassis)->set_link("pair0-a", turn % 2 == 0));
      }
    });
  }
  for (auto& asker : askers)
    asker.join();
}

TEST_F(ChassisTest, ImpairmentsOfAPortOrOfAllCanChangeWhileItRuns) {
  Layout layout = placed(layout_of_switch({.count = 3}));
  layout.wires[0].impairments.delay_ns = 7;
  auto chassis = Chassis::start(layout);
  ASSERT_TRUE(chassis);
  const auto of_port = [&](std::size_t port) {
    return (*chassis)->statistics().wires[0].impairments[port];
  };
  EXPECT_EQ(of_port(2).delay_ns, 7U);
  ASSERT_TRUE((*chassis)->set_impairments("switch", 1, {.loss = 0.25}));
  EXPECT_EQ(of_port(1), wire::Impairments{.loss = 0.25});
  EXPECT_EQ(of_port(2).delay_ns, 7U);
  ASSERT_TRUE((*chassis)->set_impairments("switch", std::nullopt, {.partitioned = true}));
  EXPECT_EQ(of_port(1), wire::Impairments{.partitioned = true});
  EXPECT_EQ(of_port(2), wire::Impairments{.partitioned = true});
}

TEST_F(ChassisTest, SaysWhatItCannotFindOrDo) {
  auto chassis = Chassis::start(pairs(1));
  ASSERT_TRUE(chassis);
  const auto code_of = [](const Status& status) {
    EXPECT_FALSE(status);
    return status ? Code::kIo : status.error().code;
  };
  EXPECT_EQ(code_of((*chassis)->set_link("pair9-a", true)), Code::kNotFound);
  EXPECT_EQ(code_of((*chassis)->set_impairments("pair9", std::nullopt, {})), Code::kNotFound);
  EXPECT_EQ(code_of((*chassis)->set_impairments("pair0", 2, {})), Code::kNotFound);
  EXPECT_EQ(code_of((*chassis)->set_impairments("pair0", 0, {.loss = 1.5})),
            Code::kInvalidArgument);
}

TEST_F(ChassisTest, AnUnpluggedNicSaysSo) {
  auto chassis = Chassis::start(pairs(1));
  ASSERT_TRUE(chassis);
  ASSERT_TRUE((*chassis)->set_link("pair0-b", false));
  EXPECT_FALSE((*chassis)->statistics().nics[1].has_cable);
  EXPECT_TRUE((*chassis)->statistics().nics[0].has_cable);
  ASSERT_TRUE((*chassis)->set_link("pair0-b", true));
  EXPECT_TRUE((*chassis)->statistics().nics[1].has_cable);
}

TEST_F(ChassisTest, StationsOutsideReachEachOtherAcrossAWire) {
  Layout layout = pairs(1);
  const auto at = [&](const char* name) { return directory_ / name; };
  layout.wires.push_back(
      {.name = "outside",
       .stations = {
           {.kind = Station::Kind::kDatagram, .local = at("left-in"), .peer = at("left-out")},
           {.kind = Station::Kind::kDatagram, .local = at("right-in"), .peer = at("right-out")}}});
  auto chassis = Chassis::start(layout);
  ASSERT_TRUE(chassis) << to_string(chassis.error());

  const auto address_of = [&](const char* name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    at(name).native().copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
  };
  const auto open_socket = [&](const char* name) {
    sys::Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(name);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    EXPECT_EQ(::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    return fd;
  };
  const sys::Fd left = open_socket("left-out");
  const sys::Fd right = open_socket("right-out");
  const sockaddr_un into = address_of("left-in");
  const std::string frame(100, 'x');
  ASSERT_EQ(::sendto(left.get(), frame.data(), frame.size(), 0,
                     reinterpret_cast<const sockaddr*>(&into), sizeof into),
            100);
  std::array<char, 2048> got{};
  ASSERT_EQ(::recv(right.get(), got.data(), got.size(), 0), 100);
  EXPECT_EQ(std::string(got.data(), 100), frame);
  const ChassisStatistics statistics = (*chassis)->statistics();
  EXPECT_EQ(statistics.wires[1].ports[0].frames, 1U);
  ASSERT_TRUE(statistics.wires[1].hosts[1]);
  EXPECT_EQ(statistics.wires[1].hosts[1]->written_frames, 1U);
  EXPECT_FALSE(statistics.wires[0].hosts[0]);
}

TEST_F(ChassisTest, ACaptureNamesThePortsOfAllWires) {
  Layout layout = pairs(2);
  layout.capture = directory_ / "wires.pcapng";
  {
    auto chassis = Chassis::start(layout);
    ASSERT_TRUE(chassis) << to_string(chassis.error());
    const auto capture = (*chassis)->statistics().capture;
    ASSERT_TRUE(capture);
    EXPECT_EQ(capture->path, layout.capture);
    EXPECT_FALSE((*chassis)->start_capture(directory_ / "missing" / "file"));
    EXPECT_TRUE((*chassis)->statistics().capture);
    (*chassis)->stop_capture();
    EXPECT_FALSE((*chassis)->statistics().capture);
  }
  std::ifstream file(layout.capture, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(text.find("pair0:0 pair0-a"), std::string::npos);
  EXPECT_NE(text.find("pair1:1 pair1-b"), std::string::npos);
}

TEST_F(ChassisTest, PolledDoorbellsNeedNoClient) {
  Layout layout = pairs(1);
  for (NicLayout& nic : layout.nics)
    nic.options.doorbells = gvnic::Doorbells::kPolled;
  auto chassis = Chassis::start(layout);
  ASSERT_TRUE(chassis) << to_string(chassis.error());
  EXPECT_EQ((*chassis)->statistics().nics.size(), 2U);
}

TEST_F(ChassisTest, RefusesWhatCannotBeAndLeavesNothingBehind) {
  for (const UniformOptions& bad :
       {UniformOptions{.count = 0}, UniformOptions{.count = kMaxNics / 2 + 1},
        UniformOptions{.count = ~0U}, UniformOptions{.queues = 0}, UniformOptions{.mtu = 9001}}) {
    const auto chassis = Chassis::start(placed(layout_of_pairs(bad)));
    ASSERT_FALSE(chassis);
    EXPECT_EQ(chassis.error().code, Code::kInvalidArgument);
  }
  Layout missing = pairs(1);
  missing.socket_directory /= "missing";
  EXPECT_FALSE(Chassis::start(missing));
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(ChassisTest, TwoChassisCannotShareSockets) {
  auto first = Chassis::start(pairs(1));
  ASSERT_TRUE(first);
  const auto second = Chassis::start(pairs(1));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kBusy);
  EXPECT_EQ((*first)->statistics().nics.size(), 2U);
}

}  // namespace
}  // namespace nobounce::emulator
