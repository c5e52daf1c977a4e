// SPDX-License-Identifier: Apache-2.0
// The typed functions against the kernel that runs the test; skipped where it lacks the privilege.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "netlink/ethtool.h"
#include "netlink/flow_rule.h"
#include "netlink/link.h"
#include "netlink/netdev.h"
#include "test_network.h"

namespace nobounce::netlink {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Live : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!network_.skip_reason().empty()) GTEST_SKIP() << network_.skip_reason();
    near_ = RouteSocket::open()->link("near0").value();
  }
  testing::TestNetwork network_;
  Link near_;
};

TEST_F(Live, FindsALinkByNameAndByIndex) {
  EXPECT_TRUE(near_.up);
  EXPECT_EQ(near_.mtu, 1500U);
  EXPECT_THAT(near_.mac, SizeIs(17));
  EXPECT_FALSE(near_.xdp_attached);
  EXPECT_EQ(RouteSocket::open()->link(near_.ifindex)->name, "near0");
}

TEST_F(Live, MissesALinkThatIsNotThere) {
  RouteSocket routes = RouteSocket::open().value();
  for (const char* name : {"none0", "", "a-name-that-is-far-too-long"}) {
    const auto found = routes.link(name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, Code::kNotFound) << to_string(found.error());
    EXPECT_THAT(found.error().object, HasSubstr(name));
  }
}

TEST_F(Live, KnowsWhoOwnsAnAddressAndTheWayToOthers) {
  for (const auto& [ours, neighbour, stranger] :
       {std::tuple("10.9.0.1", "10.9.0.2", "192.0.2.1"),
        std::tuple("fd09::1", "fd09::2", "2001:db8::1")}) {
    const std::uint8_t prefix = std::string_view(ours).starts_with("fd") ? 64 : 24;
    const Status added = testing::TestNetwork::add_address(near_.ifindex, ours, prefix);
    ASSERT_TRUE(added) << to_string(added.error());
    RouteSocket routes = RouteSocket::open().value();
    EXPECT_EQ(routes.interface_with(IpAddress::parse(ours).value()).value(), near_.ifindex);
    EXPECT_EQ(routes.interface_towards(IpAddress::parse(neighbour).value()).value(), near_.ifindex);
    EXPECT_EQ(routes.interface_with(IpAddress::parse(stranger).value()).error().code,
              Code::kNotFound);
    EXPECT_FALSE(routes.interface_towards(IpAddress::parse(stranger).value()));
  }
  const auto addresses = RouteSocket::open()->addresses(near_.ifindex);
  ASSERT_TRUE(addresses);
  EXPECT_GE(addresses->size(), 2U);
}

TEST_F(Live, ListsLinksAndDefaultRoutes) {
  RouteSocket routes = RouteSocket::open().value();
  const auto links = routes.links();
  ASSERT_TRUE(links) << to_string(links.error());
  EXPECT_GE(links->size(), 3U) << "lo and the pair";
  EXPECT_THAT(routes.default_route_interfaces().value(), IsEmpty());
  ASSERT_TRUE(testing::TestNetwork::add_address(near_.ifindex, "10.9.0.1", 24));
  ASSERT_TRUE(testing::TestNetwork::add_default_route(near_.ifindex));
  EXPECT_THAT(routes.default_route_interfaces().value(), ::testing::ElementsAre(near_.ifindex));
}

TEST_F(Live, SwitchesAFeatureAndSwitchesItBack) {
  Ethtool ethtool = Ethtool::open().value();
  const std::string name = "tx-checksum-ip-generic";
  ASSERT_TRUE(ethtool.features(near_.ifindex)->at(name).active);
  ASSERT_TRUE(ethtool.features(near_.ifindex)->at(name).can_change);
  const Status off = ethtool.set_feature(near_.ifindex, name, false);
  ASSERT_TRUE(off) << to_string(off.error());
  EXPECT_FALSE(ethtool.features(near_.ifindex)->at(name).active);
  EXPECT_TRUE(ethtool.set_feature(near_.ifindex, name, true));
  EXPECT_TRUE(ethtool.features(near_.ifindex)->at(name).active);
}

TEST_F(Live, CannotSwitchAFeatureThatIsFixedOrUnknown) {
  Ethtool ethtool = Ethtool::open().value();
  EXPECT_FALSE(ethtool.features(near_.ifindex)->at("rx-ntuple-filter").can_change);
  const Status fixed = ethtool.set_feature(near_.ifindex, "rx-ntuple-filter", true);
  ASSERT_FALSE(fixed);
  EXPECT_EQ(fixed.error().code, Code::kUnsupported) << to_string(fixed.error());
  EXPECT_FALSE(ethtool.set_feature(near_.ifindex, "no-such-feature", true));
}

TEST_F(Live, CountsTheQueuesOfAVirtualLink) {
  const auto channels = Ethtool::open()->channels(near_.ifindex);
  ASSERT_TRUE(channels) << to_string(channels.error());
  EXPECT_GE(channels->rx + channels->combined, 1U);
}

TEST_F(Live, ListsQueuesThatNobodyHolds) {
  auto netdev = Netdev::open();
  if (!netdev) GTEST_SKIP() << to_string(netdev.error());
  const auto queues = netdev->queues(near_.ifindex);
  if (!queues && queues.error().code == Code::kUnsupported) {
    GTEST_SKIP() << to_string(queues.error());
  }
  ASSERT_TRUE(queues) << to_string(queues.error());
  ASSERT_FALSE(queues->empty());
  for (const Queue& queue : *queues)
    EXPECT_EQ(queue.holder, QueueHolder::kNobody);
}

TEST_F(Live, TellsWhatADriverLacks) {
  const EthtoolDoor door = ethtool_door("near0");
  EXPECT_EQ(driver_name(door).value(), "veth");
  EXPECT_THAT(rss_table(door).value(), IsEmpty());
  EXPECT_EQ(flow_rules(door).error().code, Code::kUnsupported);
  EXPECT_FALSE(has_rss_contexts(door).value());
  EXPECT_EQ(driver_name(ethtool_door("none0")).error().code, Code::kNotFound);
  const Status split =
      Ethtool::open()->set_rings(near_.ifindex, {.header_split = {}, .hds_thresh = 0});
  ASSERT_FALSE(split);
}

TEST_F(Live, CarriesTheKernelsOwnWords) {
  const auto refused = Ethtool::open()->rings(1 << 30);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNotFound);
  EXPECT_EQ(refused.error().operation, "rings-get");
  EXPECT_FALSE(refused.error().cause.empty()) << "the extended ack is the cause";
}

TEST(LiveFamilies, ThatTheKernelLacksAreUnsupported) {
  const auto opened = GenericSocket::open("no-such-fam");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kUnsupported);
  EXPECT_THAT(opened.error().cause, HasSubstr("no-such-fam"));
}

TEST(LiveFamilies, LackCommandsThatNobodyHasInvented) {
  const auto opened = GenericSocket::open("nlctrl");
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_TRUE(opened->need_command(3, "getfamily"));
  const Status lacking = opened->need_command(250, "teleport");
  ASSERT_FALSE(lacking);
  EXPECT_EQ(lacking.error().code, Code::kUnsupported);
  EXPECT_THAT(lacking.error().cause, HasSubstr("teleport"));
}

}  // namespace
}  // namespace nobounce::netlink
