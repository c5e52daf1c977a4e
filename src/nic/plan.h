// SPDX-License-Identifier: Apache-2.0
// Plan: what must hold on a NIC so that connections are received as asked for.
//
// Pure: a NicState and a request in, wishes or the probe that failed out. A plan says what must be,
// not what must change: that is found out step by step as it is applied, since others may hold some
// of it already.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "netlink/flow_rule.h"
#include "nic/nic.h"
#include "nic/receive_lease.h"
#include "nic/setting.h"
#include "nic/setup.h"

namespace nobounce::nic {

/// A setting as it must be.
struct Wish {
  Knob knob;
  Value value;
  bool is_optional = false;  ///< Better so, but a NIC that refuses is none to give up for.
};

struct PlannedRule {
  netlink::FlowRule rule;
  std::uint32_t location = 0;
  bool into_context =
      false;  ///< Spread by the plan's own RSS context, whose number is yet unknown.
};

struct Plan {
  std::vector<std::uint32_t> queues{};  ///< To be taken off RSS, and off anybody else.
  std::vector<Wish> wishes{};           ///< In the order in which they must be applied.
  std::vector<PlannedRule> rules{};
};

/// Errors: kUnsupported with the probe that failed, kBusy where a queue, the port or the NIC itself
/// is somebody else's, kInvalidArgument for what can't be, kExhausted where the rule table is full.
/// Each names the NIC and, where there is one, the command that helps.
Result<Plan> plan(const NicState& nic, const ReceiveRequest& request);

/// The part of a setup that changes how many queues there are, after which the NIC must be looked
/// at again. Empty where no channels were asked for.
Result<Plan> plan_channels(const NicState& nic, const SetupRequest& request);
/// The rest of it.
Result<Plan> plan_setup(const NicState& nic, const SetupRequest& request);
/// The NIC as it would be after `channels`, for those that only want to know.
NicState after_channels(NicState nic, const Plan& channels);

/// The commands of ethtool and sysctl that would do the same, for what is not so already.
std::vector<std::string> commands_for(const NicState& nic, const Plan& plan);

}  // namespace nobounce::nic
