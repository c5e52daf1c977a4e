// SPDX-License-Identifier: Apache-2.0
// The admin commands that configure and query RSS and flow rules.
#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "emulator/gvnic/control_plane.h"

namespace nobounce::emulator::gvnic {
namespace {

// Bits of hash types, in the driver's numbering: plain IPv4 and IPv6, TCP and UDP over both, and
// the IPv6 variants that count a home address (they hash as the plain ones here).
constexpr std::uint16_t kAllHashTypes = (1U << 9) - 1;
constexpr std::uint16_t kIpv6WithExtensionTypes = 1U << 3 | 1U << 5 | 1U << 8;
constexpr std::uint16_t kDefaultHashTypes = kAllHashTypes & ~kIpv6WithExtensionTypes;

// The key that Microsoft's RSS specification verifies implementations with; any would do.
constexpr std::array<std::uint8_t, kRssKeyBytes> kDefaultKey = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

constexpr std::size_t kRssTableBytes = kRssTableEntries * sizeof(Be32);

RssConfig default_rss() {
  RssConfig config{.hash_types = kDefaultHashTypes};
  std::memcpy(config.key.data(), kDefaultKey.data(), kDefaultKey.size());
  return config;
}

FlowRule::Fields fields_of(const FlowSpec& spec, bool has_ports) {
  FlowRule::Fields fields{.source_address = spec.source_address,
                          .destination_address = spec.destination_address,
                          .tos = spec.tos};
  if (has_ports) {
    fields.source_port = load_be<std::uint16_t>(spec.ports_or_spi.data());
    fields.destination_port = load_be<std::uint16_t>(spec.ports_or_spi.data() + 2);
  } else {
    fields.spi = load_be<std::uint32_t>(spec.ports_or_spi.data());
  }
  return fields;
}

FlowSpec spec_of(const FlowRule::Fields& fields, bool has_ports) {
  FlowSpec spec{.source_address = fields.source_address,
                .destination_address = fields.destination_address,
                .ports_or_spi = {},
                .tos = fields.tos,
                .reserved = {}};
  if (has_ports) {
    store_be(spec.ports_or_spi.data(), fields.source_port);
    store_be(spec.ports_or_spi.data() + 2, fields.destination_port);
  } else {
    store_be(spec.ports_or_spi.data(), fields.spi);
  }
  return spec;
}

FlowRule rule_of(const FlowRuleLayout& layout) {
  const std::uint16_t type = layout.flow_type;
  const auto protocol = static_cast<FlowRule::Protocol>(type % kFlowProtocols);
  return {.l3 = type < kFlowProtocols ? net::L3::kIpv4 : net::L3::kIpv6,
          .protocol = protocol,
          .key = fields_of(layout.key, has_ports(protocol)),
          .mask = fields_of(layout.mask, has_ports(protocol)),
          .queue = layout.queue};
}

FlowRuleLayout layout_of(const FlowRule& rule) {
  const auto base = rule.l3 == net::L3::kIpv4 ? 0 : kFlowProtocols;
  return {.flow_type = static_cast<std::uint16_t>(base + static_cast<int>(rule.protocol)),
          .queue = rule.queue,
          .key = spec_of(rule.key, has_ports(rule.protocol)),
          .mask = spec_of(rule.mask, has_ports(rule.protocol))};
}

template <typename T>
void append(std::vector<std::byte>& bytes, const T& value) {
  const auto at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

}  // namespace

void ControlPlane::spread_by_default() {
  if (driver_set_rss_table_) return;
  std::uint16_t queues = 1;
  for (std::uint32_t id = 0; id < parts_.queues.queues(); ++id) {
    if (parts_.queues.rx(id) != nullptr) queues = static_cast<std::uint16_t>(id + 1);
  }
  RssConfig config = parts_.steering.rss().value_or(default_rss());
  for (std::size_t entry = 0; entry < config.table.size(); ++entry) {
    config.table[entry] = static_cast<std::uint16_t>(entry % queues);
  }
  parts_.steering.set_rss(config);
}

AdminStatus ControlPlane::configure_rss(const ConfigureRssCommand& command) {
  if (!configured_) return AdminStatus::kFailedPrecondition;
  RssConfig config = parts_.steering.rss().value_or(default_rss());
  const std::uint16_t hash_types = command.hash_types;
  if ((hash_types & ~kAllHashTypes) != 0) return AdminStatus::kInvalidArgument;
  if (command.algorithm != 0 && command.algorithm != kRssToeplitz) {
    return AdminStatus::kInvalidArgument;
  }
  if (hash_types != 0) config.hash_types = hash_types;
  if (command.key_bytes != 0 &&
      (command.key_bytes != kRssKeyBytes || !copy_in(command.key, config.key))) {
    return AdminStatus::kInvalidArgument;
  }
  if (command.table_entries != 0) {
    std::array<std::byte, kRssTableBytes> table;
    if (command.table_entries != kRssTableEntries || !copy_in(command.table, table)) {
      return AdminStatus::kInvalidArgument;
    }
    for (std::size_t entry = 0; entry < kRssTableEntries; ++entry) {
      const auto queue = load_be<std::uint32_t>(table.data() + entry * sizeof(Be32));
      if (queue >= options_.queues) return AdminStatus::kOutOfRange;
      config.table[entry] = static_cast<std::uint16_t>(queue);
    }
    driver_set_rss_table_ = true;
  }
  parts_.steering.set_rss(config);
  spread_by_default();
  return AdminStatus::kPassed;
}

AdminStatus ControlPlane::query_rss(const QueryRssCommand& command) {
  if (!configured_) return AdminStatus::kFailedPrecondition;
  const RssConfig config = parts_.steering.rss().value_or(default_rss());
  constexpr std::size_t kTotalBytes = sizeof(RssDescriptor) + kRssKeyBytes + kRssTableBytes;
  std::vector<std::byte> bytes;
  bytes.reserve(kTotalBytes);
  append(bytes, RssDescriptor{.total_bytes = static_cast<std::uint32_t>(kTotalBytes),
                              .hash_types = config.hash_types,
                              .algorithm = kRssToeplitz,
                              .reserved = 0});
  append(bytes, config.key);
  for (const std::uint16_t queue : config.table)
    append(bytes, Be32(queue));
  return answer(command.address, command.available_bytes, bytes);
}

AdminStatus ControlPlane::configure_flow_rule(const ConfigureFlowRuleCommand& command) {
  if (!configured_) return AdminStatus::kFailedPrecondition;
  switch (static_cast<FlowRuleChange>(std::uint16_t{command.change})) {
    case FlowRuleChange::kAdd:
      return add_flow_rule(command.location, command.rule);
    case FlowRuleChange::kDelete:
      return parts_.steering.delete_rule(command.location) ? AdminStatus::kPassed
                                                           : AdminStatus::kNotFound;
    case FlowRuleChange::kReset:
      parts_.steering.clear_rules();
      return AdminStatus::kPassed;
  }
  return AdminStatus::kInvalidArgument;
}

AdminStatus ControlPlane::add_flow_rule(std::uint32_t location, const FlowRuleLayout& layout) {
  if (layout.flow_type >= kFlowTypes || layout.queue >= options_.queues) {
    return AdminStatus::kInvalidArgument;
  }
  if (location >= kMaxFlowRules) return AdminStatus::kOutOfRange;
  const Status added = parts_.steering.add_rule(location, rule_of(layout));
  if (added) return AdminStatus::kPassed;
  return added.error().code == Code::kBusy ? AdminStatus::kAlreadyExists
                                           : AdminStatus::kResourceExhausted;
}

AdminStatus ControlPlane::query_flow_rules(const QueryFlowRulesCommand& command) {
  if (!configured_) return AdminStatus::kFailedPrecondition;
  const auto query = static_cast<FlowRuleQuery>(std::uint16_t{command.query});
  if (query > FlowRuleQuery::kCounts || command.available_bytes < sizeof(FlowRulesDescriptor)) {
    return AdminStatus::kInvalidArgument;
  }
  const auto& rules = parts_.steering.rules();
  std::vector<std::byte> bytes(sizeof(FlowRulesDescriptor));
  std::uint32_t returned = 0;
  if (query != FlowRuleQuery::kCounts) {
    const std::size_t each =
        query == FlowRuleQuery::kRules ? sizeof(QueriedFlowRule) : sizeof(Be32);
    for (auto rule = rules.lower_bound(command.first_location);
         rule != rules.end() && bytes.size() + each <= command.available_bytes; ++rule) {
      append(bytes, Be32(rule->first));
      if (query == FlowRuleQuery::kRules) append(bytes, layout_of(rule->second));
      ++returned;
    }
  }
  const FlowRulesDescriptor descriptor{.rules = static_cast<std::uint32_t>(rules.size()),
                                       .max_rules = kMaxFlowRules,
                                       .returned_rules = returned,
                                       .total_bytes = static_cast<std::uint32_t>(bytes.size())};
  std::memcpy(bytes.data(), &descriptor, sizeof descriptor);
  return answer(command.address, command.available_bytes, bytes);
}

}  // namespace nobounce::emulator::gvnic
