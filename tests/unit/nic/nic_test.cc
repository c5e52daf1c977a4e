// SPDX-License-Identifier: Apache-2.0
// What is found out about a NIC from more than one answer of the kernel.
#include "nic/nic.h"

#include <gtest/gtest.h>

namespace nobounce::nic {
namespace {

netlink::Link link(int ifindex, const char* name, int master = 0, int lower = 0) {
  return {.ifindex = ifindex, .name = name, .master = master, .lower = lower};
}

TEST(DefaultRouteOver, FollowsWhatStandsOnTheNic) {
  const std::vector links = {link(1, "lo"),          link(2, "eth0", 5), link(3, "eth1"),
                             link(6, "vlan7", 0, 5), link(5, "bond0"),   link(7, "vlan8", 0, 3)};
  EXPECT_EQ(default_route_over(2, links, {2}), "eth0");
  EXPECT_EQ(default_route_over(2, links, {5}), "bond0");
  EXPECT_EQ(default_route_over(2, links, {6}), "vlan7") << "a VLAN on the bond";
  EXPECT_EQ(default_route_over(2, links, {3, 7}), "");
  EXPECT_EQ(default_route_over(3, links, {7}), "vlan8");
  EXPECT_EQ(default_route_over(3, links, {}), "");
}

}  // namespace
}  // namespace nobounce::nic
