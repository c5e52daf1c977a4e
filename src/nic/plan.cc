// SPDX-License-Identifier: Apache-2.0
#include "nic/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <span>

namespace nobounce::nic {
namespace {

using netlink::FlowMatch;
using netlink::HeaderSplit;
using netlink::ListedRule;
using netlink::RuleTable;

Error refusal(Code code, const NicState& nic, std::string cause, std::string fix = {}) {
  return Error{.code = code,
               .sys_errno = 0,
               .operation = "receive lease",
               .object = nic.link.name,
               .cause = std::move(cause),
               .fix = std::move(fix)};
}

/// What no step can mend.
Status check_nic(const NicState& nic) {
  const std::string& name = nic.link.name;
  if (!nic.link.up) {
    return fail(refusal(Code::kUnsupported, nic, "the interface is down",
                        fmt::format("ip link set {} up", name)));
  }
  // First of the header split probes: with a program attached some drivers hide the others.
  if (nic.link.xdp_attached) {
    return fail(refusal(Code::kBusy, nic, "an XDP program is attached",
                        fmt::format("ip link set {} xdp off", name)));
  }
  if (nic.rings.header_split == HeaderSplit::kUnknown) {
    return fail(
        refusal(Code::kUnsupported, nic,
                fmt::format("driver \"{}\" has no header split (tcp-data-split)", nic.driver),
                "use --path copy"));
  }
  if (nic.rx_queues < 2) {
    return fail(refusal(Code::kUnsupported, nic,
                        "the NIC has one receive queue, and queue 0 stays the host's",
                        fmt::format("ethtool -L {} rx 2 (or combined 2)", name)));
  }
  if (!nic.rx_checksum.active && !nic.rx_checksum.can_change) {
    return fail(refusal(Code::kUnsupported, nic,
                        "receive checksum offload can't be turned on, and the kernel can't sum "
                        "payload that it can't read"));
  }
  if (!nic.ntuple.active && !nic.ntuple.can_change) {
    return fail(refusal(Code::kUnsupported, nic,
                        "the NIC can't steer flows (rx-ntuple-filter is off and fixed)"));
  }
  if (!nic.rules) {
    Error error =
        refusal(Code::kUnsupported, nic,
                "the driver does not tell its flow rules: " + to_string(nic.rules.error()));
    error.sys_errno = 0;
    return fail(std::move(error));
  }
  if (nic.rss_table.empty()) {
    return fail(refusal(Code::kUnsupported, nic,
                        "the NIC has no RSS indirection table, so other flows can't be kept off a "
                        "queue"));
  }
  return {};
}

const HeldQueue* holder_of(const NicState& nic, std::uint32_t queue) {
  const auto found = std::ranges::find(nic.held_queues, queue, &HeldQueue::queue);
  return found == nic.held_queues.end() ? nullptr : &*found;
}

/// The rule that steers something else than `match` to the queue, if any: what it steers would
/// land in device memory.
const ListedRule* foreign_rule(const NicState& nic, std::uint32_t queue, const FlowMatch& match) {
  const auto found = std::ranges::find_if(nic.rules->rules, [&](const ListedRule& rule) {
    return rule.queue == queue && !rule.equals(match);
  });
  return found == nic.rules->rules.end() ? nullptr : &*found;
}

std::string delete_command(const NicState& nic, const ListedRule& rule) {
  return fmt::format("ethtool -N {} delete {}", nic.link.name, rule.location);
}

Status check_queue(const NicState& nic, std::uint32_t queue, const FlowMatch& match) {
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
  if (const ListedRule* rule = foreign_rule(nic, queue, match)) {
    return fail(
        refusal(Code::kBusy, nic,
                fmt::format("flow rule {} steers other traffic to queue {}", rule->location, queue),
                delete_command(nic, *rule)));
  }
  return {};
}

/// A rule that stands already says where the port goes; else the last queue that is free, as RSS
/// and other software fill queues from the front.
Result<std::uint32_t> choose_queue(const NicState& nic, const ReceiveRequest& request,
                                   const FlowMatch& match) {
  if (request.queue) {
    NB_TRY(check_queue(nic, *request.queue, match));
    return *request.queue;
  }
  for (const ListedRule& rule : nic.rules->rules) {
    if (rule.equals(match) && rule.queue && check_queue(nic, *rule.queue, match)) {
      return *rule.queue;
    }
  }
  for (std::uint32_t queue = nic.rx_queues - 1; queue > 0; --queue) {
    if (check_queue(nic, queue, match)) return queue;
  }
  // A rule that somebody forgot is the likelier reason than a NIC that has too few queues.
  const auto rule = std::ranges::find_if(nic.rules->rules, [&](const ListedRule& listed) {
    return listed.queue && *listed.queue != 0 && holder_of(nic, *listed.queue) == nullptr;
  });
  return fail(refusal(
      Code::kBusy, nic, "every receive queue but 0 is bound or has flow rules of its own",
      rule != nic.rules->rules.end() ? delete_command(nic, *rule) + ", if nobody needs that rule"
                                     : "end one of their users"));
}

/// Moves the buckets of `queue` to the other queues that RSS uses, in turn; every other bucket
/// stays, so that flows which live now keep their queue.
void plan_rss(const NicState& nic, std::uint32_t queue, std::vector<Step>& steps) {
  if (std::ranges::find(nic.rss_table, queue) == nic.rss_table.end()) return;
  std::set<std::uint32_t> others(nic.rss_table.begin(), nic.rss_table.end());
  std::erase_if(others, [&](std::uint32_t other) {
    return other == queue || other >= nic.rx_queues || holder_of(nic, other) != nullptr;
  });
  if (others.empty()) others.insert(0);  // Queue 0 is never ours to take.
  SetRssTable step{.before = nic.rss_table, .wanted = nic.rss_table};
  if (is_default_rss_table(nic.rss_table, nic.rx_queues)) step.before.clear();
  auto next = others.begin();
  for (std::uint32_t& bucket : step.wanted) {
    if (bucket != queue) continue;
    bucket = *next;
    if (++next == others.end()) next = others.begin();
  }
  steps.emplace_back(std::move(step));
}

Status plan_rule(const NicState& nic, std::uint32_t queue, const FlowMatch& match,
                 std::vector<Step>& steps) {
  const RuleTable& table = *nic.rules;
  bool stands = false;
  for (const ListedRule& rule : table.rules) {
    if (!rule.overlaps(match)) continue;
    if (rule.queue != queue) {
      return fail(
          refusal(Code::kBusy, nic,
                  fmt::format("flow rule {} already claims {}", rule.location, text_of(match)),
                  delete_command(nic, rule)));
    }
    stands = stands || rule.equals(match);
  }
  if (stands) return {};

  std::uint32_t location = netlink::kAnyLocation;
  if (!table.driver_chooses_location) {
    std::set<std::uint32_t> used;
    for (const ListedRule& rule : table.rules)
      used.insert(rule.location);
    for (location = 0; used.contains(location);)
      ++location;
    if (location >= table.size) {
      return fail(refusal(Code::kExhausted, nic,
                          fmt::format("all {} flow rules are in use", table.size),
                          fmt::format("ethtool -N {} delete LOCATION", nic.link.name)));
    }
  }
  steps.emplace_back(InsertRule{.rule = {.match = match, .queue = queue}, .location = location});
  return {};
}

Result<FlowMatch> match_for(const NicState& nic, const ReceiveRequest& request) {
  if (request.listen_port == 0) {
    return fail(refusal(Code::kInvalidArgument, nic, "a flow rule needs a port", "name a port"));
  }
  NB_ASSIGN(const auto address, netlink::IpAddress::parse(request.listen_address));
  FlowMatch match{
      .family = address.family, .destination = {}, .destination_port = request.listen_port};
  if (!address.is_any()) match.destination = address;
  return match;
}

/// tcp-data-split and hds-thresh come first: most drivers restart their queues for them, and a
/// restart may forget what was set after.
Status plan_header_split(const NicState& nic, std::vector<Step>& steps) {
  steps.emplace_back(SetHeaderSplit{.before = nic.rings.header_split, .wanted = HeaderSplit::kOn});
  const std::uint32_t threshold = nic.rings.hds_thresh.value_or(0);
  if (threshold == 0) return {};
  if (nic.rings.hds_thresh_max.value_or(0) == 0) {
    return fail(refusal(Code::kUnsupported, nic,
                        fmt::format("hds-thresh is {} and can't be set to 0", threshold)));
  }
  steps.emplace_back(SetHdsThreshold{.before = threshold, .wanted = 0});
  return {};
}

struct StepText {
  std::string operator()(const SetHeaderSplit& step) const {
    return fmt::format("tcp-data-split {} → {}", step.before == HeaderSplit::kOn ? "on" : "off",
                       step.wanted == HeaderSplit::kOn ? "on" : "off");
  }
  std::string operator()(const SetHdsThreshold& step) const {
    return fmt::format("hds-thresh {} → {}", step.before, step.wanted);
  }
  std::string operator()(const TurnOnFeature& step) const { return step.name + " off → on"; }
  std::string operator()(const SetRssTable& step) const {
    const std::set<std::uint32_t> queues(step.wanted.begin(), step.wanted.end());
    return fmt::format("RSS over queues {} only", fmt::join(queues, ","));
  }
  std::string operator()(const InsertRule& step) const {
    return fmt::format("flow rule: {} → queue {}", netlink::text_of(step.rule.match),
                       step.rule.queue);
  }
};

}  // namespace

bool is_default_rss_table(std::span<const std::uint32_t> table, std::uint32_t queues) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i] != i % queues) return false;
  }
  return true;
}

std::string text_of(const Step& step) {
  return std::visit(StepText{}, step);
}

bool changes_something(const Step& step) {
  const auto* split = std::get_if<SetHeaderSplit>(&step);
  return split == nullptr || split->before != split->wanted;
}

Result<Plan> plan(const NicState& nic, const ReceiveRequest& request) {
  NB_TRY(check_nic(nic));
  NB_ASSIGN(const FlowMatch match, match_for(nic, request));
  Plan plan;
  NB_ASSIGN(plan.queue, choose_queue(nic, request, match));
  NB_TRY(plan_header_split(nic, plan.steps));
  if (!nic.rx_checksum.active) plan.steps.emplace_back(TurnOnFeature{.name = "rx-checksum"});
  if (!nic.ntuple.active)
    plan.steps.emplace_back(TurnOnFeature{.name = std::string(kFlowRuleFeature)});
  plan_rss(nic, plan.queue, plan.steps);
  NB_TRY(plan_rule(nic, plan.queue, match, plan.steps));
  return plan;
}

}  // namespace nobounce::nic
