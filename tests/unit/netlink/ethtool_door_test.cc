// SPDX-License-Identifier: Apache-2.0
// Flow rules and RSS tables against a driver of the test's own.
#include "netlink/ethtool_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/ethtool.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "netlink/flow_rule.h"

namespace nobounce::netlink {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

IpAddress ip(const char* text) {
  return IpAddress::parse(text).value();
}

/// Keeps rules and a table as a driver does, and lies where a test asks it to.
class FakeDriver {
 public:
  std::map<std::uint32_t, ethtool_rx_flow_spec> rules;
  std::uint64_t table_size = 8;
  std::vector<std::uint32_t> rss;
  std::uint32_t default_queues = 2;
  std::uint32_t extra_rules_claimed = 0;  ///< Lie: more rules listed than asked for.
  std::uint32_t rss_size_claimed = 0;     ///< Lie: another size than the table has.
  std::uint32_t context_of_rules = 0;     ///< Told with every rule.
  bool refuses_rules = false;

  EthtoolDoor door() {
    return [this](std::span<std::byte> request, std::string operation) -> Status {
      std::uint32_t command = 0;
      std::memcpy(&command, request.data(), sizeof command);
      const int error = command == ETHTOOL_GRXFHINDIR || command == ETHTOOL_SRXFHINDIR
                            ? handle_rss(command, request)
                            : handle_rule(command, request);
      if (error == 0) return {};
      return fail(error_from_errno(error, std::move(operation), "eth0"));
    };
  }

 private:
  int handle_rule(std::uint32_t command, std::span<std::byte> request) {
    if (refuses_rules) return EOPNOTSUPP;
    ethtool_rxnfc rxnfc;
    std::memcpy(&rxnfc, request.data(), sizeof rxnfc);
    const std::uint32_t location = rxnfc.fs.location;
    switch (command) {
      case ETHTOOL_GRXCLSRLCNT:
        rxnfc.rule_cnt = static_cast<std::uint32_t>(rules.size());
        rxnfc.data = table_size;
        break;
      case ETHTOOL_GRXCLSRLALL: {
        std::size_t offset = offsetof(ethtool_rxnfc, rule_locs);
        rxnfc.rule_cnt = static_cast<std::uint32_t>(rules.size()) + extra_rules_claimed;
        std::memcpy(request.data(), &rxnfc, sizeof rxnfc);
        for (const auto& [where, spec] : rules) {
          std::memcpy(request.data() + offset, &where, sizeof where);
          offset += sizeof where;
        }
        return 0;
      }
      case ETHTOOL_GRXCLSRULE:
        if (!rules.contains(location)) return EINVAL;
        rxnfc.fs = rules[location];
        rxnfc.rss_context = context_of_rules;
        break;
      case ETHTOOL_SRXCLSRLINS:
        if (location == RX_CLS_LOC_ANY) rxnfc.fs.location = 5;
        rules[rxnfc.fs.location] = rxnfc.fs;
        break;
      case ETHTOOL_SRXCLSRLDEL:
        return rules.erase(location) == 1 ? 0 : ENOENT;
      default:
        return EOPNOTSUPP;
    }
    std::memcpy(request.data(), &rxnfc, sizeof rxnfc);
    return 0;
  }

  int handle_rss(std::uint32_t command, std::span<std::byte> request) {
    if (rss.empty()) return EOPNOTSUPP;
    ethtool_rxfh_indir head;
    std::memcpy(&head, request.data(), sizeof head);
    std::byte* const buckets = request.data() + sizeof head;
    if (command == ETHTOOL_SRXFHINDIR) {
      if (head.size != 0 && head.size != rss.size()) return EINVAL;
      for (std::uint32_t i = 0; i < rss.size(); ++i)
        rss[i] = i % default_queues;
      if (head.size != 0) std::memcpy(rss.data(), buckets, rss.size() * sizeof rss[0]);
      return 0;
    }
    if (head.size != 0) std::memcpy(buckets, rss.data(), rss.size() * sizeof rss[0]);
    head.size = static_cast<std::uint32_t>(rss.size());
    if (rss_size_claimed != 0) head.size = rss_size_claimed;
    std::memcpy(request.data(), &head, sizeof head);
    return 0;
  }
};

const FlowRule kV4Rule{.match = {.family = IpAddress::Family::kV4,
                                 .destination = ip("10.0.0.2"),
                                 .destination_port = 5201},
                       .queue = 3};

TEST(FlowRule, IsEncodedInNetworkOrderWithFullMasks) {
  const ethtool_rx_flow_spec spec = encode_rule(kV4Rule, 7);
  EXPECT_EQ(spec.flow_type, static_cast<std::uint32_t>(TCP_V4_FLOW));
  EXPECT_EQ(spec.ring_cookie, 3U);
  EXPECT_EQ(spec.location, 7U);
  EXPECT_EQ(spec.h_u.tcp_ip4_spec.pdst, htons(5201));
  EXPECT_EQ(spec.m_u.tcp_ip4_spec.pdst, 0xffff);
  EXPECT_EQ(spec.h_u.tcp_ip4_spec.ip4dst, htonl(0x0a000002));
  EXPECT_EQ(spec.m_u.tcp_ip4_spec.ip4dst, 0xffffffffU);
  EXPECT_EQ(spec.m_u.tcp_ip4_spec.ip4src, 0U);
  EXPECT_EQ(spec.m_u.tcp_ip4_spec.psrc, 0);
}

TEST(FlowRule, ForAnyAddressMatchesThePortOnly) {
  FlowRule rule = kV4Rule;
  rule.match.destination.reset();
  EXPECT_EQ(encode_rule(rule, 0).m_u.tcp_ip4_spec.ip4dst, 0U);
  rule.match.family = IpAddress::Family::kV6;
  const ethtool_rx_flow_spec spec = encode_rule(rule, 0);
  EXPECT_EQ(spec.flow_type, static_cast<std::uint32_t>(TCP_V6_FLOW));
  EXPECT_EQ(spec.m_u.tcp_ip6_spec.ip6dst[0], 0U);
  EXPECT_EQ(spec.m_u.tcp_ip6_spec.pdst, 0xffff);
}

TEST(FlowRule, SurvivesTheWayThroughADriver) {
  FakeDriver driver;
  for (const char* address : {"10.0.0.2", "fd00::2"}) {
    driver.rules.clear();
    FlowRule rule = kV4Rule;
    rule.match.destination = ip(address);
    rule.match.family = rule.match.destination->family;
    ASSERT_EQ(insert_flow_rule(driver.door(), rule, 2).value(), 2U);
    const auto table = flow_rules(driver.door());
    ASSERT_TRUE(table) << to_string(table.error());
    ASSERT_EQ(table->rules.size(), 1U);
    EXPECT_EQ(table->rules[0].location, 2U);
    EXPECT_THAT(table->rules[0].queue, Optional(3U));
    EXPECT_TRUE(table->rules[0].equals(rule.match)) << address;
  }
}

TEST(FlowRule, MayAskForBitsOfTheSourcePort) {
  FakeDriver driver;
  FlowRule rule = kV4Rule;
  rule.match.source_port = 2;
  rule.match.source_port_mask = 6;
  EXPECT_EQ(encode_rule(rule, 0).h_u.tcp_ip4_spec.psrc, htons(2));
  EXPECT_EQ(encode_rule(rule, 0).m_u.tcp_ip4_spec.psrc, htons(6));
  ASSERT_TRUE(insert_flow_rule(driver.door(), rule, 0));
  const ListedRule listed = flow_rules(driver.door())->rules.at(0);
  EXPECT_TRUE(listed.is(rule));
  EXPECT_FALSE(listed.equals(kV4Rule.match)) << "it catches fewer packets";
  EXPECT_TRUE(listed.overlaps(kV4Rule.match));
  FlowRule other = rule;
  other.match.source_port = 4;
  EXPECT_FALSE(listed.overlaps(other.match)) << "no port has both";
  other.match.source_port_mask = 8;
  other.match.source_port = 0;
  EXPECT_TRUE(listed.overlaps(other.match));
  EXPECT_EQ(text_of(rule.match), "TCP to 10.0.0.2 port 5201 from ports 0x2/0x6");
}

TEST(FlowRule, MaySpreadByAnRssContext) {
  FakeDriver driver;
  FlowRule rule = kV4Rule;
  rule.rss_context = 7;
  ASSERT_TRUE(insert_flow_rule(driver.door(), rule, 0));
  EXPECT_EQ(driver.rules.at(0).ring_cookie, 0U) << "it would be added to the table's queues";
  EXPECT_NE(driver.rules.at(0).flow_type & FLOW_RSS, 0U);
  driver.context_of_rules = 7;
  const ListedRule listed = flow_rules(driver.door())->rules.at(0);
  EXPECT_THAT(listed.rss_context, Optional(7U));
  EXPECT_TRUE(listed.is(rule));
  rule.rss_context = 8;
  EXPECT_FALSE(listed.is(rule));
  EXPECT_FALSE(listed.is(kV4Rule));
}

TEST(FlowRule, OverlapsWhatItCouldAlsoMatch) {
  const FlowMatch ours = kV4Rule.match;
  FlowMatch any_address = ours;
  any_address.destination.reset();
  FlowMatch other_port = ours;
  other_port.destination_port = 80;
  FlowMatch other_address = ours;
  other_address.destination = ip("10.0.0.3");
  FlowMatch v6{.family = IpAddress::Family::kV6, .destination = {}, .destination_port = 5201};
  const auto listed = [](const FlowMatch& match) {
    return decode_rule(encode_rule({.match = match, .queue = 1}, 0));
  };
  EXPECT_TRUE(listed(ours).equals(ours));
  EXPECT_TRUE(listed(any_address).overlaps(ours));
  EXPECT_FALSE(listed(any_address).equals(ours));
  EXPECT_FALSE(listed(other_port).overlaps(ours));
  EXPECT_FALSE(listed(other_address).overlaps(ours));
  EXPECT_FALSE(listed(v6).overlaps(ours));
}

TEST(FlowRule, OfOtherKindsIsJudgedByWhatItMayCatch) {
  ethtool_rx_flow_spec udp = encode_rule(kV4Rule, 0);
  udp.flow_type = UDP_V4_FLOW;
  EXPECT_FALSE(decode_rule(udp).overlaps(kV4Rule.match));

  ethtool_rx_flow_spec ethernet{};
  ethernet.flow_type = ETHER_FLOW;
  EXPECT_TRUE(decode_rule(ethernet).overlaps(kV4Rule.match));
  EXPECT_FALSE(decode_rule(ethernet).equals(kV4Rule.match));

  ethtool_rx_flow_spec any_ip{};
  any_ip.flow_type = IPV4_USER_FLOW;
  EXPECT_TRUE(decode_rule(any_ip).overlaps(kV4Rule.match));
  any_ip.h_u.usr_ip4_spec.proto = IPPROTO_UDP;
  any_ip.m_u.usr_ip4_spec.proto = 0xff;
  EXPECT_FALSE(decode_rule(any_ip).overlaps(kV4Rule.match));

  ethtool_rx_flow_spec one_source = encode_rule(kV4Rule, 0);
  one_source.m_u.tcp_ip4_spec.psrc = 0xffff;
  EXPECT_TRUE(decode_rule(one_source).overlaps(kV4Rule.match));
  EXPECT_FALSE(decode_rule(one_source).equals(kV4Rule.match));

  ethtool_rx_flow_spec one_vlan = encode_rule(kV4Rule, 0);
  one_vlan.flow_type |= FLOW_EXT;
  EXPECT_FALSE(decode_rule(one_vlan).equals(kV4Rule.match));
}

TEST(FlowRule, HasNoQueueWhereItDropsSpreadsOrLeaves) {
  ethtool_rx_flow_spec spec = encode_rule(kV4Rule, 0);
  spec.ring_cookie = RX_CLS_FLOW_DISC;
  EXPECT_EQ(decode_rule(spec).queue, std::nullopt);
  spec.ring_cookie = 1ULL << 32 | 3;
  EXPECT_EQ(decode_rule(spec).queue, std::nullopt);
  spec = encode_rule(kV4Rule, 0);
  spec.flow_type |= FLOW_RSS;
  EXPECT_EQ(decode_rule(spec).queue, std::nullopt);
}

TEST(FlowRules, TellWhetherTheDriverChoosesTheLocation) {
  FakeDriver driver;
  EXPECT_EQ(flow_rules(driver.door())->size, 8U);
  EXPECT_FALSE(flow_rules(driver.door())->driver_chooses_location);
  driver.table_size = 8U | RX_CLS_LOC_SPECIAL;
  EXPECT_EQ(flow_rules(driver.door())->size, 8U);
  EXPECT_TRUE(flow_rules(driver.door())->driver_chooses_location);
  EXPECT_EQ(insert_flow_rule(driver.door(), kV4Rule, kAnyLocation).value(), 5U);
  EXPECT_TRUE(delete_flow_rule(driver.door(), 5));
  EXPECT_THAT(driver.rules, IsEmpty());
}

TEST(FlowRules, OfADriverThatListsTooManyAreRefused) {
  FakeDriver driver;
  driver.extra_rules_claimed = 1000;
  EXPECT_EQ(flow_rules(driver.door()).error().code, Code::kProtocol);
}

TEST(FlowRules, OfANicWithoutAnyAreUnsupported) {
  FakeDriver driver;
  driver.refuses_rules = true;
  EXPECT_EQ(flow_rules(driver.door()).error().code, Code::kUnsupported);
}

TEST(RssTable, IsReadSetAndReset) {
  FakeDriver driver;
  driver.rss = {0, 1, 0, 1};
  EXPECT_THAT(rss_table(driver.door()).value(), ElementsAre(0, 1, 0, 1));
  EXPECT_TRUE(set_rss_table(driver.door(), std::vector<std::uint32_t>{0, 0, 0, 0}));
  EXPECT_THAT(driver.rss, ElementsAre(0, 0, 0, 0));
  EXPECT_TRUE(reset_rss_table(driver.door()));
  EXPECT_THAT(driver.rss, ElementsAre(0, 1, 0, 1));
}

TEST(RssTable, OfANicWithoutOneIsEmpty) {
  FakeDriver driver;
  EXPECT_THAT(rss_table(driver.door()).value(), IsEmpty());
}

TEST(RssTable, IsNeverResetByAnEmptyOne) {
  FakeDriver driver;
  driver.rss = {1, 1};
  const Status set = set_rss_table(driver.door(), {});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, Code::kInvalidArgument);
  EXPECT_THAT(driver.rss, ElementsAre(1, 1));
}

TEST(RssTable, OfAnAbsurdSizeIsRefused) {
  FakeDriver driver;
  driver.rss = {0, 1};
  driver.rss_size_claimed = 0xffffffff;
  EXPECT_EQ(rss_table(driver.door()).error().code, Code::kProtocol);
}

/// A driver that has RSS contexts, or an errno instead, and remembers the last request.
struct ContextDriver {
  int refusal = 0;
  std::vector<std::byte> request{};

  EthtoolDoor door() {
    return [this](std::span<std::byte> asked, std::string operation) -> Status {
      request.assign(asked.begin(), asked.end());
      if (refusal != 0) return fail(error_from_errno(refusal, std::move(operation), "eth0"));
      ethtool_rxfh head;
      std::memcpy(&head, asked.data(), sizeof head);
      if (head.rss_context == ETH_RXFH_CONTEXT_ALLOC) head.rss_context = 3;
      std::memcpy(asked.data(), &head, sizeof head);
      return {};
    };
  }
  [[nodiscard]] ethtool_rxfh head() const {
    ethtool_rxfh head;
    std::memcpy(&head, request.data(), sizeof head);
    return head;
  }
};

TEST(RssContexts, AreFoundOutByAskingForOneThatCannotBe) {
  for (const auto& [refusal, expected] : {std::pair(ENOENT, true), std::pair(EINVAL, true),
                                          std::pair(0, true), std::pair(EOPNOTSUPP, false)}) {
    ContextDriver driver{.refusal = refusal};
    EXPECT_EQ(has_rss_contexts(driver.door()).value(), expected) << refusal;
    EXPECT_EQ(driver.head().cmd, static_cast<std::uint32_t>(ETHTOOL_GRSSH)) << "nothing is made";
  }
  ContextDriver driver{.refusal = EPERM};
  EXPECT_EQ(has_rss_contexts(driver.door()).error().code, Code::kPermission);
}

TEST(RssContexts, AreMadeWithATableAndDeletedByNumber) {
  ContextDriver driver;
  EXPECT_EQ(create_rss_context(driver.door(), std::vector<std::uint32_t>{2, 3}).value(), 3U);
  EXPECT_EQ(driver.head().cmd, static_cast<std::uint32_t>(ETHTOOL_SRSSH));
  EXPECT_EQ(driver.head().indir_size, 2U);
  ASSERT_EQ(driver.request.size(), sizeof(ethtool_rxfh) + 2 * sizeof(std::uint32_t));
  std::uint32_t table[2];
  std::memcpy(table, driver.request.data() + sizeof(ethtool_rxfh), sizeof table);
  EXPECT_THAT(table, ElementsAre(2, 3));

  EXPECT_TRUE(delete_rss_context(driver.door(), 3));
  EXPECT_EQ(driver.head().rss_context, 3U);
  EXPECT_EQ(driver.head().indir_size, 0U);
}

TEST(RssContexts, OfNoNumberOrTableAreNeverAskedFor) {
  ContextDriver driver;
  // Number 0 with an empty table would reset the NIC's own.
  EXPECT_EQ(delete_rss_context(driver.door(), 0).error().code, Code::kInvalidArgument);
  EXPECT_EQ(delete_rss_context(driver.door(), ETH_RXFH_CONTEXT_ALLOC).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(create_rss_context(driver.door(), {}).error().code, Code::kInvalidArgument);
  EXPECT_THAT(driver.request, IsEmpty());
}

}  // namespace
}  // namespace nobounce::netlink
