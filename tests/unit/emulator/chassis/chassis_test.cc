// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/chassis.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <set>
#include <string>
#include <thread>

namespace nobounce::emulator {
namespace {

class ChassisTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "chassis-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
};

TEST_F(ChassisTest, OffersTwoNicsAPairAndTidiesUp) {
  {
    auto chassis = Chassis::start({.socket_directory = directory_, .pairs = 3});
    ASSERT_TRUE(chassis) << to_string(chassis.error());
    const auto& nics = (*chassis)->nics();
    ASSERT_EQ(nics.size(), 6U);
    std::set<std::string> macs;
    for (const NicPort& nic : nics) {
      struct stat status{};
      ASSERT_EQ(::stat(nic.socket.c_str(), &status), 0);
      EXPECT_TRUE(S_ISSOCK(status.st_mode));
      EXPECT_EQ(status.st_mode & 0777U, 0600U);
      macs.insert(nic.mac);
    }
    EXPECT_EQ(macs.size(), 6U);
    EXPECT_EQ(nics[5].mac, "02:6e:62:00:02:01");
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(ChassisTest, StatisticsCanBeReadFromManyThreads) {
  auto chassis = Chassis::start({.socket_directory = directory_});
  ASSERT_TRUE(chassis);
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 4; ++reader) {
    readers.emplace_back([&] {
      for (int turn = 0; turn < 100; ++turn) {
        EXPECT_EQ((*chassis)->statistics().size(), 2U);
      }
    });
  }
  for (auto& reader : readers)
    reader.join();
}

TEST_F(ChassisTest, RefusesWhatCannotBeAndLeavesNothingBehind) {
  for (const ChassisOptions& bad :
       {ChassisOptions{.socket_directory = directory_, .pairs = 0},
        ChassisOptions{.socket_directory = directory_, .pairs = Chassis::kMaxPairs + 1},
        ChassisOptions{.socket_directory = directory_, .queues = 0},
        ChassisOptions{.socket_directory = directory_, .mtu = 9001}}) {
    const auto chassis = Chassis::start(bad);
    ASSERT_FALSE(chassis);
    EXPECT_EQ(chassis.error().code, Code::kInvalidArgument);
  }
  EXPECT_FALSE(Chassis::start({.socket_directory = directory_ / "missing"}));
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(ChassisTest, TwoChassisCannotShareSockets) {
  auto first = Chassis::start({.socket_directory = directory_});
  ASSERT_TRUE(first);
  const auto second = Chassis::start({.socket_directory = directory_});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kBusy);
  EXPECT_EQ((*first)->statistics().size(), 2U);
}

}  // namespace
}  // namespace nobounce::emulator
