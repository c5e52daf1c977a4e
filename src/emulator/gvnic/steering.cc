// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/steering.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>

#include "base/bytes.h"

namespace nobounce::emulator::gvnic {
namespace {

using Fields = FlowRule::Fields;

std::uint8_t number_of(FlowRule::Protocol protocol) {
  switch (protocol) {
    case FlowRule::Protocol::kTcp:
      return net::kProtocolTcp;
    case FlowRule::Protocol::kUdp:
      return net::kProtocolUdp;
    case FlowRule::Protocol::kSctp:
      return net::kProtocolSctp;
    case FlowRule::Protocol::kAh:
      return net::kProtocolAh;
    case FlowRule::Protocol::kEsp:
      break;
  }
  return net::kProtocolEsp;
}

bool has_ports(net::L4 l4) {
  return l4 == net::L4::kTcp || l4 == net::L4::kUdp || l4 == net::L4::kSctp;
}

/// Where AH and ESP keep their SPI.
std::size_t spi_offset(const net::HeaderLayout& layout) {
  return layout.l4_offset + (layout.ip_protocol == net::kProtocolAh ? 4u : 0u);
}

/// What rules can match of an IP frame.
Fields fields_of(const net::Frame& frame) {
  const net::HeaderLayout& layout = frame.layout;
  const std::byte* const ip = &frame.headers[layout.l3_offset];
  Fields fields;
  if (layout.l3 == net::L3::kIpv4) {
    std::memcpy(fields.source_address.data(), ip + 12, 4);
    std::memcpy(fields.destination_address.data(), ip + 16, 4);
    fields.tos = static_cast<std::uint8_t>(ip[1]);
  } else {
    std::memcpy(fields.source_address.data(), ip + 8, 16);
    std::memcpy(fields.destination_address.data(), ip + 24, 16);
    fields.tos = static_cast<std::uint8_t>(load_be<std::uint16_t>(ip) >> 4);
  }
  if (has_ports(layout.l4)) {
    fields.source_port = load_be<std::uint16_t>(&frame.headers[layout.l4_offset]);
    fields.destination_port = load_be<std::uint16_t>(&frame.headers[layout.l4_offset + 2u]);
  } else if (layout.l4 == net::L4::kOther &&
             range_fits(spi_offset(layout), 4, frame.headers.size())) {
    fields.spi = load_be<std::uint32_t>(&frame.headers[spi_offset(layout)]);
  }
  return fields;
}

bool addresses_match(const std::array<std::byte, 16>& key, const std::array<std::byte, 16>& mask,
                     const std::array<std::byte, 16>& address) {
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (((key[i] ^ address[i]) & mask[i]) != std::byte{0}) return false;
  }
  return true;
}

bool matches(const FlowRule& rule, const net::HeaderLayout& layout, const Fields& fields) {
  if (rule.l3 != layout.l3 || number_of(rule.protocol) != layout.ip_protocol) return false;
  const Fields& key = rule.key;
  const Fields& mask = rule.mask;
  // Without an L4 header (a fragment, or one cut short) there is nothing to compare with.
  if (layout.l4 == net::L4::kNone &&
      (mask.source_port != 0 || mask.destination_port != 0 || mask.spi != 0)) {
    return false;
  }
  return ((key.source_port ^ fields.source_port) & mask.source_port) == 0 &&
         ((key.destination_port ^ fields.destination_port) & mask.destination_port) == 0 &&
         ((key.spi ^ fields.spi) & mask.spi) == 0 && ((key.tos ^ fields.tos) & mask.tos) == 0 &&
         addresses_match(key.source_address, mask.source_address, fields.source_address) &&
         addresses_match(key.destination_address, mask.destination_address,
                         fields.destination_address);
}

bool has_any(std::uint16_t hash_types, std::initializer_list<RssHashType> wanted) {
  return std::ranges::any_of(wanted, [&](RssHashType type) {
    return (hash_types >> static_cast<unsigned>(type) & 1) != 0;
  });
}

struct HashInput {
  bool addresses = false;
  bool ports = false;
};

/// What of a frame the hash types in force ask for. The "extended" types would take addresses from
/// extension headers; those are not looked into, so an extended type is as good as the plain one.
HashInput hash_input(const net::HeaderLayout& layout, std::uint16_t types) {
  using enum RssHashType;
  const bool is_tcp = layout.l4 == net::L4::kTcp;
  const bool is_udp = layout.l4 == net::L4::kUdp;
  if (layout.l3 == net::L3::kIpv4) {
    const bool ports =
        (is_tcp && has_any(types, {kTcpIpv4})) || (is_udp && has_any(types, {kUdpIpv4}));
    return {.addresses = ports || has_any(types, {kIpv4}), .ports = ports};
  }
  if (layout.l3 == net::L3::kIpv6) {
    const bool ports = (is_tcp && has_any(types, {kTcpIpv6, kTcpIpv6Extended})) ||
                       (is_udp && has_any(types, {kUdpIpv6, kUdpIpv6Extended}));
    return {.addresses = ports || has_any(types, {kIpv6, kIpv6Extended}), .ports = ports};
  }
  return {};
}

std::uint32_t hash_of(const net::Frame& frame, const net::Toeplitz& toeplitz, HashInput what) {
  std::array<std::byte, net::Toeplitz::kMaxInputBytes> input;
  const net::HeaderLayout& layout = frame.layout;
  const bool is_ipv4 = layout.l3 == net::L3::kIpv4;
  std::size_t bytes = is_ipv4 ? 8 : 32;
  std::memcpy(input.data(), &frame.headers[layout.l3_offset + (is_ipv4 ? 12u : 8u)], bytes);
  if (what.ports) {
    std::memcpy(&input[bytes], &frame.headers[layout.l4_offset], 4);
    bytes += 4;
  }
  return toeplitz.hash(std::span(input).first(bytes));
}

Error rule_error(Code code, std::string operation, std::uint32_t location, std::string cause) {
  return {.code = code,
          .operation = std::move(operation),
          .object = "flow rule at location " + std::to_string(location),
          .cause = std::move(cause),
          .fix = ""};
}

}  // namespace

Status Steering::add_rule(std::uint32_t location, const FlowRule& rule) {
  if (rules_.contains(location)) {
    return fail(rule_error(Code::kBusy, "add", location, "the location is taken"));
  }
  if (rules_.size() >= max_rules_) {
    return fail(rule_error(Code::kExhausted, "add", location,
                           "there are " + std::to_string(max_rules_) + " rules already"));
  }
  rules_.emplace(location, rule);
  return {};
}

Status Steering::delete_rule(std::uint32_t location) {
  if (rules_.erase(location) == 0) {
    return fail(rule_error(Code::kNotFound, "delete", location, "there is no such rule"));
  }
  return {};
}

void Steering::set_rss(const RssConfig& config) {
  rss_ = config;
  toeplitz_.emplace(std::span<const std::byte, kRssKeyBytes>(rss_->key));
}

void Steering::reset() {
  clear_rules();
  rss_.reset();
  toeplitz_.reset();
}

Steered Steering::steer(const net::Frame& frame) const {
  Steered steered;
  if (rss_) {
    const HashInput what = hash_input(frame.layout, rss_->hash_types);
    if (what.addresses) steered.rss_hash = hash_of(frame, *toeplitz_, what);
    steered.queue = rss_->table[steered.rss_hash % kRssTableEntries];
  }
  if (!rules_.empty() && frame.layout.l3 != net::L3::kNone) {
    const Fields fields = fields_of(frame);
    const auto rule = std::ranges::find_if(
        rules_, [&](const auto& entry) { return matches(entry.second, frame.layout, fields); });
    if (rule != rules_.end()) steered.queue = rule->second.queue;
  }
  return steered;
}

}  // namespace nobounce::emulator::gvnic
