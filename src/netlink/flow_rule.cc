// SPDX-License-Identifier: Apache-2.0
#include "netlink/flow_rule.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/bytes.h"
#include "netlink/attributes.h"

namespace nobounce::netlink {
namespace {

// More rules than any known NIC has (mlx5: tens of thousands in software tables).
constexpr std::uint32_t kMaxRules = 64U << 10;
constexpr std::uint16_t kFullPortMask = 0xffff;

using Family = IpAddress::Family;

ethtool_rxnfc rule_request(std::uint32_t command) {
  ethtool_rxnfc request{};
  request.cmd = command;
  return request;
}

Status knock(const EthtoolDoor& door, ethtool_rxnfc& request, std::string operation) {
  return door(std::as_writable_bytes(std::span(&request, 1)), std::move(operation));
}

template <typename T>
bool all_bytes_are(const T& value, std::uint8_t expected) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  return std::ranges::all_of(bytes,
                             [expected](std::byte byte) { return byte == std::byte{expected}; });
}

template <typename T>
bool is_zero(const T& value) {
  return all_bytes_are(value, 0);
}

/// The destination and the source port of a TCP rule, of either IP version. Of the destination a
/// full mask makes a condition that can be reasoned about, no mask makes none, anything else is
/// "other".
template <typename Address, typename Tcp>
void decode_addresses(const Address& address, const Address& address_mask, const Tcp& key,
                      const Tcp& mask, ListedRule& rule) {
  if (all_bytes_are(address_mask, 0xff)) {
    rule.destination = IpAddress::from_bytes(std::as_bytes(std::span(&address, 1))).value();
  } else if (!is_zero(address_mask)) {
    rule.has_other_conditions = true;
  }
  if (mask.pdst == kFullPortMask) {
    rule.destination_port = byte_swap<std::uint16_t>(key.pdst);
  } else if (mask.pdst != 0) {
    rule.has_other_conditions = true;
  }
  rule.source_port_mask = byte_swap<std::uint16_t>(mask.psrc);
  rule.source_port = byte_swap<std::uint16_t>(key.psrc) & rule.source_port_mask;
}

void decode_match(const ethtool_rx_flow_spec& spec, ListedRule& rule) {
  switch (spec.flow_type & ~(FLOW_EXT | FLOW_MAC_EXT | FLOW_RSS)) {
    case TCP_V4_FLOW: {
      const auto& mask = spec.m_u.tcp_ip4_spec;
      rule.matches_v4 = true;
      rule.has_other_conditions = mask.ip4src != 0 || mask.tos != 0;
      decode_addresses(spec.h_u.tcp_ip4_spec.ip4dst, mask.ip4dst, spec.h_u.tcp_ip4_spec, mask,
                       rule);
      break;
    }
    case TCP_V6_FLOW: {
      const auto& mask = spec.m_u.tcp_ip6_spec;
      rule.matches_v6 = true;
      rule.has_other_conditions = !is_zero(mask.ip6src) || mask.tclass != 0;
      decode_addresses(spec.h_u.tcp_ip6_spec.ip6dst, mask.ip6dst, spec.h_u.tcp_ip6_spec, mask,
                       rule);
      break;
    }
    case IPV4_USER_FLOW:
      rule.matches_v4 =
          spec.m_u.usr_ip4_spec.proto == 0 || spec.h_u.usr_ip4_spec.proto == IPPROTO_TCP;
      rule.has_other_conditions = true;
      break;
    case IPV6_USER_FLOW:
      rule.matches_v6 =
          spec.m_u.usr_ip6_spec.l4_proto == 0 || spec.h_u.usr_ip6_spec.l4_proto == IPPROTO_TCP;
      rule.has_other_conditions = true;
      break;
    case ETHER_FLOW:
      rule.matches_v4 = rule.matches_v6 = true;
      rule.has_other_conditions = true;
      break;
    default:  // UDP, SCTP, AH, ESP: never our packets.
      rule.has_other_conditions = true;
      break;
  }
  if ((spec.flow_type & (FLOW_EXT | FLOW_MAC_EXT)) != 0) rule.has_other_conditions = true;
}

Result<ListedRule> read_rule(const EthtoolDoor& door, std::uint32_t location) {
  ethtool_rxnfc request = rule_request(ETHTOOL_GRXCLSRULE);
  request.fs.location = location;
  NB_TRY(knock(door, request, "rule-get"));
  ListedRule rule = decode_rule(request.fs);
  rule.location = location;  // Some drivers leave it out.
  if ((request.fs.flow_type & FLOW_RSS) != 0) rule.rss_context = request.rss_context;
  return rule;
}

}  // namespace

std::string text_of(const FlowMatch& match) {
  const char* any = match.family == Family::kV4 ? "any IPv4 address" : "any IPv6 address";
  std::string text =
      fmt::format("TCP to {} port {}", match.destination ? match.destination->text() : any,
                  match.destination_port);
  if (match.source_port_mask != 0) {
    text += fmt::format(" from ports {:#x}/{:#x}", match.source_port, match.source_port_mask);
  }
  return text;
}

bool ListedRule::overlaps(const FlowMatch& match) const {
  if (!(match.family == Family::kV4 ? matches_v4 : matches_v6)) return false;
  if (destination_port && *destination_port != match.destination_port) return false;
  const int both = source_port_mask & match.source_port_mask;
  if (((source_port ^ match.source_port) & both) != 0) return false;
  return !(destination && match.destination && *destination != *match.destination);
}

bool ListedRule::equals(const FlowMatch& match) const {
  return overlaps(match) && !has_other_conditions && destination_port &&
         destination == match.destination && source_port_mask == match.source_port_mask;
}

bool ListedRule::is(const FlowRule& rule) const {
  return equals(rule.match) && rss_context == rule.rss_context &&
         (rule.rss_context || queue == rule.queue);
}

ethtool_rx_flow_spec encode_rule(const FlowRule& rule, std::uint32_t location) {
  ethtool_rx_flow_spec spec{};
  // With a context the number is added to what its table says.
  spec.ring_cookie = rule.rss_context ? 0 : rule.queue;
  spec.location = location;
  const auto put_ports = [&](auto& key, auto& mask) {
    key.pdst = byte_swap<std::uint16_t>(rule.match.destination_port);
    mask.pdst = kFullPortMask;
    key.psrc = byte_swap<std::uint16_t>(rule.match.source_port);
    mask.psrc = byte_swap<std::uint16_t>(rule.match.source_port_mask);
  };
  const auto put_address = [&](auto& key, auto& mask) {
    if (!rule.match.destination) return;
    std::memcpy(&key, rule.match.destination->bytes().data(), sizeof key);
    std::memset(&mask, 0xff, sizeof mask);
  };
  if (rule.match.family == Family::kV4) {
    spec.flow_type = TCP_V4_FLOW;
    put_ports(spec.h_u.tcp_ip4_spec, spec.m_u.tcp_ip4_spec);
    put_address(spec.h_u.tcp_ip4_spec.ip4dst, spec.m_u.tcp_ip4_spec.ip4dst);
  } else {
    spec.flow_type = TCP_V6_FLOW;
    put_ports(spec.h_u.tcp_ip6_spec, spec.m_u.tcp_ip6_spec);
    put_address(spec.h_u.tcp_ip6_spec.ip6dst, spec.m_u.tcp_ip6_spec.ip6dst);
  }
  return spec;
}

ListedRule decode_rule(const ethtool_rx_flow_spec& spec) {
  ListedRule rule;
  rule.location = spec.location;
  const bool special = spec.ring_cookie == RX_CLS_FLOW_DISC || spec.ring_cookie == RX_CLS_FLOW_WAKE;
  const bool to_function = (spec.ring_cookie & ETHTOOL_RX_FLOW_SPEC_RING_VF) != 0;
  if (!special && !to_function && (spec.flow_type & FLOW_RSS) == 0) {
    rule.queue = static_cast<std::uint32_t>(spec.ring_cookie & ETHTOOL_RX_FLOW_SPEC_RING);
  }
  decode_match(spec, rule);
  return rule;
}

Result<RuleTable> flow_rules(const EthtoolDoor& door) {
  ethtool_rxnfc request = rule_request(ETHTOOL_GRXCLSRLCNT);
  NB_TRY(knock(door, request, "rule-count"));
  const std::uint32_t count = request.rule_cnt;
  if (count > kMaxRules) return fail(malformed(fmt::format("{} flow rules", count)));
  RuleTable table{
      .rules = {},
      .size = static_cast<std::uint32_t>(request.data & ~std::uint64_t{RX_CLS_LOC_SPECIAL}),
      .driver_chooses_location = (request.data & RX_CLS_LOC_SPECIAL) != 0};

  std::vector<std::byte> list(sizeof(ethtool_rxnfc) + std::size_t{count} * sizeof(std::uint32_t));
  store_le<std::uint32_t>(list.data() + offsetof(ethtool_rxnfc, cmd), ETHTOOL_GRXCLSRLALL);
  store_le<std::uint32_t>(list.data() + offsetof(ethtool_rxnfc, rule_cnt), count);
  NB_TRY(door(list, "rule-list"));
  // Some drivers tell the table's size only here.
  if (table.size == 0) {
    table.size = load_le<std::uint32_t>(list.data() + offsetof(ethtool_rxnfc, data));
  }
  const auto listed = load_le<std::uint32_t>(list.data() + offsetof(ethtool_rxnfc, rule_cnt));
  if (listed > count) return fail(malformed("more flow rules than asked for"));
  for (std::size_t i = 0; i < listed; ++i) {
    // The locations begin inside the structure's tail padding, so sizeof would be wrong.
    const auto* location =
        list.data() + offsetof(ethtool_rxnfc, rule_locs) + i * sizeof(std::uint32_t);
    NB_ASSIGN(const ListedRule rule, read_rule(door, load_le<std::uint32_t>(location)));
    table.rules.push_back(rule);
  }
  return table;
}

Result<std::uint32_t> insert_flow_rule(const EthtoolDoor& door, const FlowRule& rule,
                                       std::uint32_t location) {
  ethtool_rxnfc request = rule_request(ETHTOOL_SRXCLSRLINS);
  request.fs = encode_rule(rule, location);
  if (rule.rss_context) {
    request.fs.flow_type |= FLOW_RSS;
    request.rss_context = *rule.rss_context;
  }
  NB_TRY(knock(door, request, "rule-insert"));
  return request.fs.location;
}

Status delete_flow_rule(const EthtoolDoor& door, std::uint32_t location) {
  ethtool_rxnfc request = rule_request(ETHTOOL_SRXCLSRLDEL);
  request.fs.location = location;
  return knock(door, request, "rule-delete");
}

}  // namespace nobounce::netlink
