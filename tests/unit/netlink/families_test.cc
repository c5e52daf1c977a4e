// SPDX-License-Identifier: Apache-2.0
// What each family's answers mean, over constructed messages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/ethtool_netlink.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <array>
#include <functional>

#include "messages.h"
#include "netlink/ethtool.h"
#include "netlink/generic.h"
#include "netlink/link.h"
#include "netlink/netdev.h"
#include "sys/uapi/ethtool_rings.h"
#include "sys/uapi/ethtool_rss.h"
#include "sys/uapi/link_sizes.h"
#include "sys/uapi/netdev.h"

namespace nobounce::netlink {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
namespace netdev = uapi::netdev;

template <typename Header>
Bytes route(const Header& header, const Bytes& attributes) {
  Bytes bytes;
  append(bytes, header);
  pad(bytes);
  return join(bytes, attributes);
}

ifinfomsg link_header() {
  ifinfomsg header{};
  header.ifi_index = 3;
  header.ifi_flags = IFF_UP;
  return header;
}

TEST(Family, HasItsNumberAndCommands) {
  const Bytes one = nest(1, number<std::uint32_t>(CTRL_ATTR_OP_ID, 10));
  const Bytes two = nest(2, number<std::uint32_t>(CTRL_ATTR_OP_ID, 13));
  const auto family = parse_family(generic(
      join(number<std::uint16_t>(CTRL_ATTR_FAMILY_ID, 30), nest(CTRL_ATTR_OPS, join(one, two)))));
  ASSERT_TRUE(family);
  EXPECT_EQ(family->id, 30);
  EXPECT_THAT(family->commands, ElementsAre(10, 13));
}

TEST(Queue, IsHeldByWhatItsNestSays) {
  const Bytes plain = join(number<std::uint32_t>(netdev::kQueueId, 3),
                           number<std::uint32_t>(netdev::kQueueType, netdev::kQueueTypeRx));
  EXPECT_EQ(parse_queue(generic(plain))->holder, QueueHolder::kNobody);
  EXPECT_EQ(parse_queue(generic(plain))->id, 3U);
  EXPECT_EQ(
      parse_queue(generic(join(plain, number<std::uint32_t>(netdev::kQueueDmabuf, 1))))->holder,
      QueueHolder::kDmaBuf);
  EXPECT_EQ(parse_queue(generic(join(plain, nest(netdev::kQueueIoUring, {}))))->holder,
            QueueHolder::kIoUring);
  EXPECT_EQ(parse_queue(generic(join(plain, nest(netdev::kQueueXsk, {}))))->holder,
            QueueHolder::kAfXdp);
}

TEST(Binding, HasTheIdOfTheAnswer) {
  EXPECT_EQ(parse_binding_id(generic(number<std::uint32_t>(netdev::kDmabufId, 42))).value(), 42U);
}

TEST(Rings, OfADriverWithHeaderSplitAndThreshold) {
  const auto rings = parse_rings(generic(
      join(number<std::uint32_t>(ETHTOOL_A_RINGS_RX, 1024),
           number<std::uint32_t>(ETHTOOL_A_RINGS_RX_MAX, 4096),
           number<std::uint8_t>(ETHTOOL_A_RINGS_TCP_DATA_SPLIT, ETHTOOL_TCP_DATA_SPLIT_DISABLED),
           number<std::uint32_t>(uapi::ethtool::kRingsHdsThresh, 256),
           number<std::uint32_t>(uapi::ethtool::kRingsHdsThreshMax, 1023))));
  ASSERT_TRUE(rings);
  EXPECT_THAT(rings->rx, Optional(1024U));
  EXPECT_THAT(rings->rx_max, Optional(4096U));
  EXPECT_EQ(rings->tx, std::nullopt);
  EXPECT_EQ(rings->header_split, HeaderSplit::kOff);
  EXPECT_THAT(rings->hds_thresh, Optional(256U));
  EXPECT_THAT(rings->hds_thresh_max, Optional(1023U));
}

TEST(Rings, WithoutHeaderSplitSayUnknown) {
  EXPECT_EQ(parse_rings(generic({}))->header_split, HeaderSplit::kUnknown);
}

Bytes bit(const char* name, bool set) {
  const Bytes flag = set ? attribute(ETHTOOL_A_BITSET_BIT_VALUE, {}) : Bytes();
  return nest(ETHTOOL_A_BITSET_BITS_BIT, join(text(ETHTOOL_A_BITSET_BIT_NAME, name), flag));
}

Bytes bitset(std::uint16_t type, bool masked, const Bytes& bits) {
  const Bytes no_mask = masked ? Bytes() : attribute(ETHTOOL_A_BITSET_NOMASK, {});
  return nest(type, join(no_mask, nest(ETHTOOL_A_BITSET_BITS, bits)));
}

TEST(Features, AreReadFromMaskedAndMasklessBitsets) {
  const auto features = parse_features(
      generic(join(bitset(ETHTOOL_A_FEATURES_HW, true,
                          join(bit("rx-checksum", true), bit("rx-ntuple-filter", true),
                               bit("highdma", true), bit("rx-gro-hw", false))),
                   bitset(ETHTOOL_A_FEATURES_ACTIVE, false,
                          join(bit("rx-checksum", false), bit("highdma", false))),
                   bitset(ETHTOOL_A_FEATURES_NOCHANGE, false, bit("highdma", false)))));
  ASSERT_TRUE(features);
  const auto expect = [&](const char* name, bool active, bool can_change) {
    ASSERT_TRUE(features->contains(name)) << name;
    EXPECT_EQ(features->at(name).active, active) << name;
    EXPECT_EQ(features->at(name).can_change, can_change) << name;
  };
  expect("rx-checksum", true, true);
  expect("rx-ntuple-filter", false, true);
  expect("highdma", true, false);
  expect("rx-gro-hw", false, false);
}

TEST(Channels, CountEachDirectionApartOrCombined) {
  const auto channels =
      parse_channels(generic(join(number<std::uint32_t>(ETHTOOL_A_CHANNELS_RX_COUNT, 4),
                                  number<std::uint32_t>(ETHTOOL_A_CHANNELS_TX_COUNT, 2))));
  ASSERT_TRUE(channels);
  EXPECT_EQ(channels->rx, 4U);
  EXPECT_EQ(channels->tx, 2U);
  EXPECT_EQ(channels->combined, 0U);
}

TEST(Link, IsReadWithItsStateAndXdpProgram) {
  const Bytes mac{std::byte{2}, std::byte{0},    std::byte{0},
                  std::byte{0}, std::byte{0xab}, std::byte{1}};
  const Bytes attributes = join(text(IFLA_IFNAME, "eth0"), number<std::uint32_t>(IFLA_MTU, 4148),
                                number<std::uint8_t>(IFLA_OPERSTATE, 6),
                                attribute(IFLA_ADDRESS, mac), attribute(IFLA_PERM_ADDRESS, mac));
  const auto link = parse_link(route(link_header(), attributes));
  ASSERT_TRUE(link);
  EXPECT_EQ(link->ifindex, 3);
  EXPECT_EQ(link->name, "eth0");
  EXPECT_TRUE(link->up);
  EXPECT_EQ(link->oper_state, "up");
  EXPECT_EQ(link->mtu, 4148U);
  EXPECT_EQ(link->mac, "02:00:00:00:ab:01");
  EXPECT_EQ(link->permanent_mac, "02:00:00:00:ab:01");
  EXPECT_FALSE(link->xdp_attached);

  const Bytes xdp = nest(IFLA_XDP, number<std::uint8_t>(IFLA_XDP_ATTACHED, XDP_ATTACHED_DRV));
  EXPECT_TRUE(parse_link(route(link_header(), join(attributes, xdp)))->xdp_attached);
}

TEST(Link, TellsItsProgramCarrierSizesAndPlaceInAStack) {
  const Bytes xdp = nest(IFLA_XDP, join(number<std::uint8_t>(IFLA_XDP_ATTACHED, XDP_ATTACHED_SKB),
                                        number<std::uint32_t>(IFLA_XDP_PROG_ID, 77)));
  const Bytes attributes =
      join(join(text(IFLA_IFNAME, "eth0"), number<std::uint8_t>(IFLA_CARRIER, 1), xdp),
           join(number<std::uint32_t>(IFLA_MASTER, 9), number<std::uint32_t>(IFLA_LINK, 2)),
           join(number<std::uint32_t>(IFLA_GSO_MAX_SIZE, 65536),
                number<std::uint32_t>(IFLA_GRO_MAX_SIZE, 185000),
                number<std::uint32_t>(uapi::link::kGroIpv4MaxSize, 150000)));
  const auto link = parse_link(route(link_header(), attributes));
  ASSERT_TRUE(link);
  EXPECT_TRUE(link->carrier);
  EXPECT_THAT(link->xdp_program, Optional(77U));
  EXPECT_EQ(link->master, 9);
  EXPECT_EQ(link->lower, 2);
  EXPECT_THAT(link->packet_sizes.gso_max, Optional(65536U));
  EXPECT_THAT(link->packet_sizes.gro_max, Optional(185000U));
  EXPECT_THAT(link->packet_sizes.gro_ipv4_max, Optional(150000U));
  EXPECT_EQ(link->packet_sizes.gso_ipv4_max, std::nullopt);

  // The other end of a veth pair may have the number of a NIC of ours.
  const Bytes pair = join(attributes, number<std::uint32_t>(IFLA_LINK_NETNSID, 1));
  EXPECT_EQ(parse_link(route(link_header(), pair))->lower, 0);
}

rtmsg default_route() {
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_type = RTN_UNICAST;
  return header;
}

Bytes next_hop(int ifindex, std::uint16_t length) {
  const rtnexthop hop{.rtnh_len = length, .rtnh_flags = 0, .rtnh_hops = 0, .rtnh_ifindex = ifindex};
  return route(hop, {});
}

TEST(DefaultRoute, LeadsOutOfEachOfItsNextHops) {
  const auto oif = number<std::uint32_t>(RTA_OIF, 3);
  EXPECT_THAT(parse_default_route(route(default_route(), oif)).value(), ElementsAre(3));
  const Bytes hops = attribute(RTA_MULTIPATH, join(next_hop(4, 8), next_hop(5, 8)));
  EXPECT_THAT(parse_default_route(route(default_route(), hops)).value(), ElementsAre(4, 5));

  rtmsg narrower = default_route();
  narrower.rtm_dst_len = 24;
  EXPECT_THAT(parse_default_route(route(narrower, oif)).value(), IsEmpty());
  rtmsg unreachable = default_route();
  unreachable.rtm_type = RTN_UNREACHABLE;
  EXPECT_THAT(parse_default_route(route(unreachable, oif)).value(), IsEmpty());
}

TEST(Speed, IsEmptyWhereTheDriverDoesNotKnow) {
  const auto speed = [](std::uint32_t told) {
    return parse_speed(generic(number<std::uint32_t>(ETHTOOL_A_LINKMODES_SPEED, told))).value();
  };
  EXPECT_THAT(speed(100000), Optional(100000U));
  EXPECT_EQ(speed(0xffffffff), std::nullopt);
  EXPECT_EQ(speed(0), std::nullopt);
}

TEST(RssContext, HasANumberAndATable) {
  const Bytes table = route(std::array<std::uint32_t, 2>{2, 3}, {});
  const auto context =
      parse_rss_context(generic(join(number<std::uint32_t>(uapi::ethtool::kRssContext, 7),
                                     attribute(uapi::ethtool::kRssIndirection, table))));
  EXPECT_EQ(context.value(), (RssContext{.id = 7, .table = {2, 3}}));
  EXPECT_EQ(parse_rss_context(generic({}))->id, 0U) << "the NIC's own table has no number";
}

TEST(Link, OfAStateThatNobodyKnowsIsUnknown) {
  const auto link = parse_link(route(
      link_header(), join(text(IFLA_IFNAME, "x"), number<std::uint8_t>(IFLA_OPERSTATE, 200))));
  EXPECT_EQ(link->oper_state, "unknown");
}

TEST(InterfaceAddress, OfAPointToPointLinkIsOurEnd) {
  ifaddrmsg header{};
  header.ifa_index = 2;
  header.ifa_prefixlen = 32;
  const auto ours = number<std::uint32_t>(IFA_LOCAL, 0x0100000a);
  const auto peer = number<std::uint32_t>(IFA_ADDRESS, 0x0200000a);
  const auto address = parse_address(route(header, join(peer, ours)));
  ASSERT_TRUE(address);
  EXPECT_EQ(address->ifindex, 2);
  EXPECT_EQ(address->address.text(), "10.0.0.1");
  EXPECT_EQ(address->prefix_length, 32);
}

TEST(HostileKernel, GetsAProtocolErrorFromEveryParser) {
  const auto refused = [](const auto& result) {
    return !result && result.error().code == Code::kProtocol;
  };
  const Bytes wide_id = generic(number<std::uint64_t>(netdev::kQueueId, 1));
  const Bytes odd_type = generic(join(number<std::uint32_t>(netdev::kQueueId, 1),
                                      number<std::uint32_t>(netdev::kQueueType, 7)));
  const Bytes split_9 = generic(number<std::uint8_t>(ETHTOOL_A_RINGS_TCP_DATA_SPLIT, 9));
  const Bytes no_address = route(ifaddrmsg{}, {});
  const Bytes odd_address = route(ifaddrmsg{}, attribute(IFA_ADDRESS, Bytes(7)));
  const Bytes low_family = generic(number<std::uint16_t>(CTRL_ATTR_FAMILY_ID, 3));
  const Bytes broken_nest = generic(nest(ETHTOOL_A_FEATURES_HW, Bytes(5, std::byte{0xff})));

  EXPECT_TRUE(refused(parse_queue(Bytes(3))));
  EXPECT_TRUE(refused(parse_queue(generic({}))));
  EXPECT_TRUE(refused(parse_queue(wide_id)));
  EXPECT_TRUE(refused(parse_queue(odd_type)));
  EXPECT_TRUE(refused(parse_binding_id(generic({}))));
  EXPECT_TRUE(refused(parse_family(low_family)));
  EXPECT_TRUE(refused(parse_family(generic({}))));
  EXPECT_TRUE(refused(parse_rings(split_9)));
  EXPECT_TRUE(refused(parse_rings(Bytes(2))));
  EXPECT_TRUE(refused(parse_features(broken_nest)));
  EXPECT_TRUE(refused(parse_channels(Bytes(6))));
  EXPECT_TRUE(refused(parse_link(Bytes(15))));
  EXPECT_TRUE(refused(parse_link(route(link_header(), {}))));
  EXPECT_TRUE(refused(parse_link(route(ifinfomsg{}, text(IFLA_IFNAME, "eth0")))));
  EXPECT_TRUE(
      refused(parse_rss_context(generic(attribute(uapi::ethtool::kRssIndirection, Bytes(6))))));
  EXPECT_TRUE(refused(parse_speed(generic(number<std::uint8_t>(ETHTOOL_A_LINKMODES_SPEED, 1)))));
  for (const std::uint16_t length : std::array<std::uint16_t, 4>{0, 7, 9, 4000}) {
    const Bytes hops = attribute(RTA_MULTIPATH, next_hop(4, length));
    EXPECT_TRUE(refused(parse_default_route(route(default_route(), hops)))) << length;
  }
  EXPECT_TRUE(refused(parse_address(no_address)));
  EXPECT_TRUE(refused(parse_address(odd_address)));
  EXPECT_TRUE(refused(parse_route_interface(route(rtmsg{}, {}))));
}

TEST(IpAddress, IsReadAndWrittenAsText) {
  EXPECT_EQ(IpAddress::parse("10.0.0.2")->text(), "10.0.0.2");
  EXPECT_EQ(IpAddress::parse("fd00:0::1")->text(), "fd00::1");
  EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.2")->family, IpAddress::Family::kV4);
  EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_any());
  EXPECT_TRUE(IpAddress::parse("::")->is_any());
  EXPECT_FALSE(IpAddress::parse("::1")->is_any());
  for (const char* loopback : {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(IpAddress::parse(loopback)->is_loopback()) << loopback;
  for (const char* other : {"0.0.0.0", "10.0.0.127", "::", "::2", "fd00::1", "1::1"})
    EXPECT_FALSE(IpAddress::parse(other)->is_loopback()) << other;
  for (const char* bad : {"", "host", "10.0.0", "10.0.0.2:5201", "[::1]", "fe80::1%eth0"}) {
    const auto parsed = IpAddress::parse(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Code::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace nobounce::netlink
