// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/steering.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>

#include "base/bytes.h"

namespace nobounce::emulator::gvnic {
namespace {

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
  table_.rebuild(rules_);
  return {};
}

Status Steering::delete_rule(std::uint32_t location) {
  if (rules_.erase(location) == 0) {
    return fail(rule_error(Code::kNotFound, "delete", location, "there is no such rule"));
  }
  table_.rebuild(rules_);
  return {};
}

void Steering::clear_rules() {
  rules_.clear();
  table_.rebuild(rules_);
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
  if (!table_.is_empty()) {
    if (const auto queue = table_.find(frame)) steered.queue = *queue;
  }
  return steered;
}

}  // namespace nobounce::emulator::gvnic
