// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/layout.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "emulator/chassis/mac_address.h"

namespace nobounce::emulator {
namespace {

TEST(Layout, PairsAreCablesBetweenTheTwoNicsOfANumber) {
  const Layout layout = layout_of_pairs(
      {.count = 3, .queues = 2, .mtu = 1500, .impairments = {.loss = 0.5}, .seed = 9});
  EXPECT_TRUE(check(layout));
  ASSERT_EQ(layout.nics.size(), 6U);
  EXPECT_EQ(layout.nics[2].name, "pair1-a");
  EXPECT_EQ(to_string(layout.nics[2].options.mac), "02:6e:62:00:01:00");
  EXPECT_EQ(to_string(layout.nics[3].options.mac), "02:6e:62:00:01:01");
  EXPECT_EQ(layout.nics[3].options.queues, 2U);
  EXPECT_EQ(layout.nics[3].options.mtu, 1500);
  ASSERT_EQ(layout.wires.size(), 3U);
  EXPECT_EQ(layout.wires[1].name, "pair1");
  ASSERT_EQ(layout.wires[1].stations.size(), 2U);
  EXPECT_EQ(layout.wires[1].stations[1].name, "pair1-b");
  EXPECT_EQ(layout.wires[1].impairments.loss, 0.5);
  EXPECT_EQ(layout.wires[1].seed, 9U);
}

TEST(Layout, ASwitchIsOneWire) {
  const Layout layout = layout_of_switch({.count = 5});
  EXPECT_TRUE(check(layout));
  ASSERT_EQ(layout.nics.size(), 5U);
  EXPECT_EQ(layout.nics[4].name, "port4");
  EXPECT_EQ(to_string(layout.nics[4].options.mac), "02:6e:62:01:00:04");
  ASSERT_EQ(layout.wires.size(), 1U);
  EXPECT_EQ(layout.wires[0].name, "switch");
  EXPECT_EQ(layout.wires[0].stations.size(), 5U);
}

struct Spoiled {
  const char* what;
  std::function<void(Layout&)> spoil;
};

TEST(Layout, WhatCannotBeIsRefused) {
  using Kind = Station::Kind;
  const Spoiled spoiled[] = {
      {"no NIC", [](Layout& l) { l.nics.clear(); }},
      {"two NICs of a name", [](Layout& l) { l.nics[1].name = l.nics[0].name; }},
      {"no name", [](Layout& l) { l.nics[0].name = ""; }},
      {"a name that leaves the directory", [](Layout& l) { l.nics[0].name = "../a"; }},
      {"a hidden name", [](Layout& l) { l.nics[0].name = ".a"; }},
      {"a name like a flag", [](Layout& l) { l.nics[0].name = "-a"; }},
      {"a name with a space", [](Layout& l) { l.nics[0].name = "a b"; }},
      {"a long name", [](Layout& l) { l.nics[0].name = std::string(kMaxNameLength + 1, 'a'); }},
      {"two NICs of a MAC", [](Layout& l) { l.nics[1].options.mac = l.nics[0].options.mac; }},
      {"no MAC", [](Layout& l) { l.nics[0].options.mac = {}; }},
      {"a group's MAC", [](Layout& l) { l.nics[0].options.mac = {1, 0, 0x5e, 0, 0, 1}; }},
      {"two wires of a name", [](Layout& l) { l.wires[1].name = l.wires[0].name; }},
      {"a wire without name", [](Layout& l) { l.wires[0].name = ""; }},
      {"a wire with one end", [](Layout& l) { l.wires[0].stations.pop_back(); }},
      {"a wire with many ends", [](Layout& l) { l.wires[0].stations.resize(65); }},
      {"a NIC on two wires", [](Layout& l) { l.wires[0].stations[0] = l.wires[1].stations[0]; }},
      {"a NIC twice on a wire", [](Layout& l) { l.wires[0].stations[0] = l.wires[0].stations[1]; }},
      {"a NIC on no wire", [](Layout& l) { l.wires.pop_back(); }},
      {"an unknown NIC", [](Layout& l) { l.wires[0].stations.push_back({.name = "eth0"}); }},
      {"a TAP without name",
       [](Layout& l) { l.wires[0].stations.push_back({.kind = Kind::kTap}); }},
      {"a datagram socket without peer",
       [](Layout& l) {
         l.wires[0].stations.push_back({.kind = Kind::kDatagram, .local = "/tmp/a"});
       }},
      {"a queue that holds no TSO frame", [](Layout& l) { l.wires[0].queue_bytes = 65536; }},
      {"a queue without end", [](Layout& l) { l.wires[0].queue_bytes = ~std::size_t{0}; }},
      {"a loss above 1", [](Layout& l) { l.wires[0].impairments.loss = 1.01; }},
      {"a reordering below 0", [](Layout& l) { l.wires[0].impairments.reorder = -0.01; }},
      {"a duplication that is none",
       [](Layout& l) {
         l.wires[0].impairments.duplicate = std::numeric_limits<double>::quiet_NaN();
       }},
      {"a corruption above 1", [](Layout& l) { l.wires[0].impairments.corrupt = 2; }},
  };
  for (const Spoiled& one : spoiled) {
    Layout layout = layout_of_pairs({.count = 2});
    ASSERT_TRUE(check(layout));
    one.spoil(layout);
    const Status status = check(layout);
    ASSERT_FALSE(status) << one.what;
    EXPECT_EQ(status.error().code, Code::kInvalidArgument) << one.what;
    EXPECT_FALSE(status.error().fix.empty()) << one.what;
  }
}

TEST(Layout, AWireMayEndOutside) {
  Layout layout = layout_of_pairs({.count = 1});
  layout.wires[0].stations.push_back({.kind = Station::Kind::kTap, .name = "tap0"});
  layout.wires[0].stations.push_back(
      {.kind = Station::Kind::kDatagram, .local = "/tmp/a", .peer = "/tmp/b"});
  EXPECT_TRUE(check(layout));
}

TEST(MacAddress, IsReadAsItIsWritten) {
  const auto mac = parse_mac("02:6E:62:00:01:fe");
  ASSERT_TRUE(mac);
  EXPECT_EQ(to_string(*mac), "02:6e:62:00:01:fe");
}

TEST(MacAddress, OthersAreRefused) {
  for (const char* bad :
       {"", "02:6e:62:00:01", "02:6e:62:00:01:0", "02:6e:62:00:01:000", "02-6e-62-00-01-00",
        "02:6e:62:00:01:0g", "02:6e:62:00:01: 1", "02:6e:62:00:01:-1", "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "2:6e:62:00:01:000"}) {
    const auto mac = parse_mac(bad);
    ASSERT_FALSE(mac) << bad;
    EXPECT_EQ(mac.error().code, Code::kInvalidArgument);
  }
}

TEST(Layout, AcceleratorsNeedNoNics) {
  Layout layout;
  EXPECT_FALSE(check(layout)) << "nothing at all";
  add_accelerators(layout, 2, 1, {});
  add_accelerators(layout, 1, 0, {});
  EXPECT_TRUE(check(layout));
  EXPECT_EQ(layout.accelerators[2].name, "accel2");
  EXPECT_EQ(layout.accelerators[1].guest, 1U);
  layout.accelerators[2].name = "accel0";
  EXPECT_FALSE(check(layout)) << "two of a name";
  layout.accelerators.clear();
  add_accelerators(layout, 1'000'000, 0, {});
  EXPECT_FALSE(check(layout)) << "too many";
  layout = layout_of_pairs({});
  add_accelerators(layout, 1, 0, {});
  layout.accelerators[0].name = "pair0-a";
  EXPECT_FALSE(check(layout)) << "a NIC's name";
}

}  // namespace
}  // namespace nobounce::emulator
