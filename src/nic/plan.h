// SPDX-License-Identifier: Apache-2.0
// Plan: what must change on a NIC so that one connection is received on a queue of its own.
//
// Pure: a NicState and a ReceiveRequest in, steps or the probe that failed out. Each step holds
// what it changes and what was there before, so that undoing needs no second look at the NIC.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "nic/nic.h"
#include "nic/receive_lease.h"

namespace nobounce::nic {

/// Headers and payload into buffers of their own. Planned also where the driver says that it is on
/// already: bind-rx wants it asked for, and asking twice changes nothing.
struct SetHeaderSplit {
  netlink::HeaderSplit before = netlink::HeaderSplit::kUnknown;
  netlink::HeaderSplit wanted = netlink::HeaderSplit::kOn;
};
/// From which packet size on to split.
struct SetHdsThreshold {
  std::uint32_t before = 0;
  std::uint32_t wanted = 0;
};
/// Turns a feature on that was off.
struct TurnOnFeature {
  std::string name;
};
/// Which queues RSS spreads over. An empty `before` is the driver's default table.
struct SetRssTable {
  std::vector<std::uint32_t> before;
  std::vector<std::uint32_t> wanted;
};
struct InsertRule {
  netlink::FlowRule rule;
  std::uint32_t location = 0;
};

using Step = std::variant<SetHeaderSplit, SetHdsThreshold, TurnOnFeature, SetRssTable, InsertRule>;

/// The feature without which a NIC keeps no flow rules.
inline constexpr std::string_view kFlowRuleFeature = "rx-ntuple-filter";

/// True for the table that drivers begin with: all queues, in turn.
bool is_default_rss_table(std::span<const std::uint32_t> table, std::uint32_t queues);

/// What a step does, e.g. "tcp-data-split off → on".
std::string text_of(const Step& step);
/// False for a step that only makes sure of what was found so.
bool changes_something(const Step& step);

struct Plan {
  std::uint32_t queue = 0;
  std::vector<Step> steps;  ///< In the order in which they must be applied.
};

/// Errors: kUnsupported with the probe that failed, kBusy where a queue or the port is taken,
/// kInvalidArgument for a queue that can't be, kExhausted where the rule table is full. Each names
/// the NIC and, where there is one, the command that helps.
Result<Plan> plan(const NicState& nic, const ReceiveRequest& request);

}  // namespace nobounce::nic
