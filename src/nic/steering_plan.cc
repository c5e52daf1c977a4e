// SPDX-License-Identifier: Apache-2.0
#include "nic/steering_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <span>

#include "nic/nic_checks.h"

namespace nobounce::nic {
namespace {

using netlink::FlowMatch;
using netlink::ListedRule;
using netlink::RuleTable;

bool has(std::span<const std::uint32_t> queues, std::uint32_t queue) {
  return std::ranges::find(queues, queue) != queues.end();
}

const HeldQueue* holder_of(const NicState& nic, std::uint32_t queue) {
  const auto found = std::ranges::find(nic.held_queues, queue, &HeldQueue::queue);
  return found == nic.held_queues.end() ? nullptr : &*found;
}

/// The rule that steers something else than `matches` to the queue, if any: what it steers would
/// land in device memory.
const ListedRule* foreign_rule(const NicState& nic, std::uint32_t queue, const Matches& matches) {
  const auto found = std::ranges::find_if(nic.rules->rules, [&](const ListedRule& rule) {
    return rule.queue == queue && std::ranges::none_of(matches, [&](const FlowMatch& match) {
             return rule.equals(match);
           });
  });
  return found == nic.rules->rules.end() ? nullptr : &*found;
}

/// The RSS context of somebody else that spreads over the queue, if any.
const netlink::RssContext* foreign_context(const NicState& nic, std::uint32_t queue) {
  const auto found = std::ranges::find_if(
      nic.rss_contexts, [&](const netlink::RssContext& one) { return has(one.table, queue); });
  return found == nic.rss_contexts.end() ? nullptr : &*found;
}

std::string delete_command(const NicState& nic, const ListedRule& rule) {
  return fmt::format("ethtool -N {} delete {}", nic.link.name, rule.location);
}

Error no_queue_left(const NicState& nic, std::uint32_t count) {
  if (count >= nic.rx_queues) {
    return refusal(Code::kInvalidArgument, nic,
                   fmt::format("{} queues are wanted; the NIC has {}, and queue 0 stays the host's",
                               count, nic.rx_queues),
                   fmt::format("take at most {}", nic.rx_queues - 1));
  }
  // A rule that somebody forgot is the likelier reason than a NIC that has too few queues.
  const auto rule = std::ranges::find_if(nic.rules->rules, [&](const ListedRule& listed) {
    return listed.queue && *listed.queue != 0 && holder_of(nic, *listed.queue) == nullptr &&
           !has(nic.claimed_queues, *listed.queue);
  });
  return refusal(
      Code::kBusy, nic, "every receive queue but 0 is bound or has flow rules of its own",
      rule != nic.rules->rules.end() ? delete_command(nic, *rule) + ", if nobody needs that rule"
                                     : "end one of their users");
}

}  // namespace

Status check_queue(const NicState& nic, std::uint32_t queue, const Matches& matches) {
  if (queue == 0) {
    return fail(refusal(Code::kInvalidArgument, nic, "queue 0 stays the host's",
                        fmt::format("take a queue from 1 to {}", nic.rx_queues - 1)));
  }
  if (queue >= nic.rx_queues) {
    return fail(refusal(Code::kInvalidArgument, nic,
                        fmt::format("there is no receive queue {}", queue),
                        fmt::format("take a queue from 1 to {}", nic.rx_queues - 1)));
  }
  if (const HeldQueue* held = holder_of(nic, queue)) {
    return fail(refusal(
        Code::kBusy, nic,
        fmt::format("queue {} is already bound to {}", queue, netlink::name_of(held->holder)),
        "take another queue or end its user"));
  }
  if (has(nic.claimed_queues, queue)) {
    return fail(refusal(Code::kBusy, nic,
                        fmt::format("queue {} is already bound, or about to be, "
                                    "by another nobounce",
                                    queue),
                        "take another queue or end its user"));
  }
  if (const ListedRule* rule = foreign_rule(nic, queue, matches)) {
    return fail(
        refusal(Code::kBusy, nic,
                fmt::format("flow rule {} steers other traffic to queue {}", rule->location, queue),
                delete_command(nic, *rule)));
  }
  if (const auto* context = foreign_context(nic, queue)) {
    return fail(refusal(
        Code::kBusy, nic, fmt::format("RSS context {} spreads over queue {}", context->id, queue),
        fmt::format("ethtool -X {} context {} delete", nic.link.name, context->id)));
  }
  return {};
}

std::optional<std::uint32_t> standing_queue(const NicState& nic, const FlowMatch& match) {
  for (const ListedRule& rule : nic.rules->rules) {
    if (rule.equals(match) && rule.queue && check_queue(nic, *rule.queue, {match})) {
      return rule.queue;
    }
  }
  return std::nullopt;
}

Result<std::vector<std::uint32_t>> choose_queues(const NicState& nic,
                                                 std::vector<std::uint32_t> given,
                                                 std::uint32_t count, const Matches& matches) {
  for (const std::uint32_t queue : given)
    NB_TRY(check_queue(nic, queue, matches));
  std::vector<std::uint32_t> candidates = nic.prepared_queues;
  for (std::uint32_t queue = nic.rx_queues; queue-- > 1;)
    candidates.push_back(queue);
  for (const std::uint32_t queue : candidates) {
    if (given.size() >= count) break;
    if (!has(given, queue) && check_queue(nic, queue, matches)) given.push_back(queue);
  }
  if (given.size() < count) return fail(no_queue_left(nic, count));
  return given;
}

RulePlanner::RulePlanner(const NicState& nic) : nic_(nic) {
  for (const ListedRule& rule : nic.rules->rules)
    used_.insert(rule.location);
}

Status RulePlanner::add(const FlowMatch& match, std::uint32_t queue, bool into_context,
                        Plan& plan) {
  bool stands = false;
  for (const ListedRule& rule : nic_.rules->rules) {
    if (!rule.overlaps(match)) continue;
    if (rule.queue != queue || into_context) {
      // Without the rule of a receiver that lives its peers' packets would go astray.
      const bool is_used = rule.queue && (holder_of(nic_, *rule.queue) != nullptr ||
                                          has(nic_.claimed_queues, *rule.queue));
      return fail(refusal(
          Code::kBusy, nic_,
          fmt::format("flow rule {} already claims {}", rule.location, text_of(match)),
          is_used ? fmt::format("take another port, or end the user of queue {}", *rule.queue)
                  : delete_command(nic_, rule)));
    }
    stands = stands || rule.equals(match);
  }
  if (stands) return {};
  NB_ASSIGN(const std::uint32_t location, free_location());
  plan.rules.push_back({.rule = {.match = match, .queue = queue},
                        .location = location,
                        .into_context = into_context});
  return {};
}

Result<std::uint32_t> RulePlanner::free_location() {
  const RuleTable& table = *nic_.rules;
  if (table.driver_chooses_location) return netlink::kAnyLocation;
  std::uint32_t location = 0;
  while (used_.contains(location))
    ++location;
  if (location >= table.size) {
    return fail(refusal(Code::kExhausted, nic_,
                        fmt::format("all {} flow rules are in use", table.size),
                        fmt::format("ethtool -N {} delete LOCATION", nic_.link.name)));
  }
  used_.insert(location);
  return location;
}

Matches spread_by_source_port(const FlowMatch& match, std::uint32_t queues) {
  const std::uint32_t values = std::bit_ceil(queues);
  Matches matches;
  for (std::uint32_t value = 0; value < values; ++value) {
    FlowMatch one = match;
    // Not the lowest bit: Linux gives even ports to those that connect.
    one.source_port_mask = static_cast<std::uint16_t>((values - 1) << 1);
    one.source_port = static_cast<std::uint16_t>(value << 1);
    matches.push_back(one);
  }
  return matches;
}

}  // namespace nobounce::nic
