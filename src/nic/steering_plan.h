// SPDX-License-Identifier: Apache-2.0
// Which queues a plan takes, and which flow rules lead to them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "base/result.h"
#include "nic/plan.h"

namespace nobounce::nic {

using Matches = std::vector<netlink::FlowMatch>;

/// Whether queue can be had by somebody whose flows are `matches`: not 0, not bound, not another
/// lease's, and nothing else steered or spread to it.
Status check_queue(const NicState& nic, std::uint32_t queue, const Matches& matches);

/// Where a rule that stands steers `match` to, if it is a queue that can be had.
std::optional<std::uint32_t> standing_queue(const NicState& nic, const netlink::FlowMatch& match);

/// `count` queues: `given` first, then those that a setup has set aside, then from the last one
/// down, as RSS and other software fill queues from the front. kBusy where there are not as many.
Result<std::vector<std::uint32_t>> choose_queues(const NicState& nic,
                                                 std::vector<std::uint32_t> given,
                                                 std::uint32_t count, const Matches& matches);

/// Plans rules into a table that others use as well. Borrows the state.
class RulePlanner {
 public:
  explicit RulePlanner(const NicState& nic);

  /// Adds a rule unless one that does the same stands. kBusy where one stands that does otherwise,
  /// kExhausted where the table is full.
  Status add(const netlink::FlowMatch& match, std::uint32_t queue, bool into_context, Plan& plan);

 private:
  Result<std::uint32_t> free_location();

  const NicState& nic_;
  std::set<std::uint32_t> used_;
};

/// One match for each value of a few bits of the source port, at least as many as there are queues:
/// how flows are spread without RSS contexts.
Matches spread_by_source_port(const netlink::FlowMatch& match, std::uint32_t queues);

}  // namespace nobounce::nic
