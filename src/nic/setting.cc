// SPDX-License-Identifier: Apache-2.0
#include "nic/setting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace nobounce::nic {
namespace {

using Kind = Knob::Kind;

constexpr std::string_view kFeaturePrefix = "feature:";
constexpr std::string_view kSysctlPrefix = "sysctl:";

constexpr std::array<std::pair<Kind, std::string_view>, 6> kPlainNames{{
    {Kind::kChannels, "channels"},
    {Kind::kRxRing, "rx-ring"},
    {Kind::kTxRing, "tx-ring"},
    {Kind::kRxBufferLength, "rx-buf-len"},
    {Kind::kHeaderSplit, "tcp-data-split"},
    {Kind::kHdsThreshold, "hds-thresh"},
}};

constexpr std::array<std::string_view, 5> kFeatures{kRxChecksumFeature, kFlowRuleFeature,
                                                    "tx-checksum-ip-generic", "tx-checksum-ipv4",
                                                    "tx-checksum-ipv6"};

bool is_switch(const Knob& knob) {
  return knob.kind == Kind::kHeaderSplit || knob.kind == Kind::kFeature;
}

std::size_t numbers_in(const Knob& knob) {
  if (knob.kind == Kind::kChannels) return 3;
  return knob.kind == Kind::kSysctl && knob.name != "net.core.optmem_max" ? 3 : 1;
}

template <typename T>
std::optional<Value> single(const std::optional<T>& number) {
  if (!number) return std::nullopt;
  return Value{*number};
}

/// "on", "rx 4 tx 4", "4096".
std::string text_of_value(const Knob& knob, const Value& value) {
  if (is_switch(knob)) return value.at(0) != 0 ? "on" : "off";
  if (knob.kind != Kind::kChannels) return fmt::format("{}", fmt::join(value, " "));
  std::vector<std::string> parts;
  constexpr std::array kWords{"rx", "tx", "combined"};
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (value.at(i) != 0) parts.push_back(fmt::format("{} {}", kWords[i], value[i]));
  }
  return fmt::format("{}", fmt::join(parts, " "));
}

}  // namespace

Knob feature_knob(std::string_view name) {
  return {.kind = Kind::kFeature, .name = std::string(name)};
}

Knob sysctl_knob(std::string_view name) {
  return {.kind = Kind::kSysctl, .name = std::string(name)};
}

std::string name_of(const Knob& knob) {
  if (knob.kind == Kind::kFeature) return std::string(kFeaturePrefix) + knob.name;
  if (knob.kind == Kind::kSysctl) return std::string(kSysctlPrefix) + knob.name;
  const auto* const found =
      std::ranges::find(kPlainNames, knob.kind, &decltype(kPlainNames)::value_type::first);
  return std::string(found->second);
}

std::optional<Knob> knob_named(std::string_view name) {
  if (name.starts_with(kFeaturePrefix)) {
    name.remove_prefix(kFeaturePrefix.size());
    if (std::ranges::find(kFeatures, name) == kFeatures.end()) return std::nullopt;
    return feature_knob(name);
  }
  if (name.starts_with(kSysctlPrefix)) {
    name.remove_prefix(kSysctlPrefix.size());
    if (std::ranges::find(kSysctls, name) == kSysctls.end()) return std::nullopt;
    return sysctl_knob(name);
  }
  for (const auto& [kind, plain_name] : kPlainNames) {
    if (name == plain_name) return Knob{.kind = kind};
  }
  return std::nullopt;
}

bool is_possible(const Knob& knob, const Value& value) {
  if (value.size() != numbers_in(knob)) return false;
  const std::uint64_t most = is_switch(knob) ? 1 : std::numeric_limits<std::uint32_t>::max();
  return std::ranges::all_of(value, [most](std::uint64_t number) { return number <= most; });
}

std::optional<Value> value_of(const NicState& nic, const Knob& knob) {
  switch (knob.kind) {
    case Kind::kChannels: {
      const Value counts{nic.channels.rx, nic.channels.tx, nic.channels.combined};
      return counts == Value{0, 0, 0} ? std::nullopt : std::optional(counts);
    }
    case Kind::kRxRing:
      return single(nic.rings.rx);
    case Kind::kTxRing:
      return single(nic.rings.tx);
    case Kind::kRxBufferLength:
      return single(nic.rings.rx_buf_len);
    case Kind::kHeaderSplit:
      if (nic.rings.header_split == netlink::HeaderSplit::kUnknown) return std::nullopt;
      return Value{nic.rings.header_split == netlink::HeaderSplit::kOn ? 1U : 0U};
    case Kind::kHdsThreshold:
      return single(nic.rings.hds_thresh);
    case Kind::kFeature: {
      const auto found = nic.features.find(knob.name);
      if (found == nic.features.end()) return std::nullopt;
      return Value{found->second.active ? 1U : 0U};
    }
    case Kind::kSysctl: {
      const auto found = nic.sysctls.find(knob.name);
      return found == nic.sysctls.end() ? std::nullopt : std::optional(found->second);
    }
  }
  return std::nullopt;
}

std::string text_of_change(const Knob& knob, const Value& before, const Value& wanted) {
  return fmt::format("{} {} → {}", knob.name.empty() ? name_of(knob) : knob.name,
                     text_of_value(knob, before), text_of_value(knob, wanted));
}

std::string command_for(const std::string& interface, const Knob& knob, const Value& value) {
  const std::string text = text_of_value(knob, value);
  switch (knob.kind) {
    case Kind::kChannels:
      return fmt::format("ethtool -L {} {}", interface, text);
    case Kind::kRxRing:
      return fmt::format("ethtool -G {} rx {}", interface, text);
    case Kind::kTxRing:
      return fmt::format("ethtool -G {} tx {}", interface, text);
    case Kind::kRxBufferLength:
    case Kind::kHeaderSplit:
    case Kind::kHdsThreshold:
      return fmt::format("ethtool -G {} {} {}", interface, name_of(knob), text);
    case Kind::kFeature:
      return fmt::format("ethtool -K {} {} {}", interface, knob.name, text);
    case Kind::kSysctl:
      return fmt::format("sysctl -w {}='{}'", knob.name, text);
  }
  return {};
}

}  // namespace nobounce::nic
