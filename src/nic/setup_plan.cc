// SPDX-License-Identifier: Apache-2.0
// Plans for a setup that stands: what was asked for by name, then what every receiver needs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "nic/nic_checks.h"
#include "nic/plan.h"
#include "nic/rss.h"
#include "nic/steering_plan.h"

namespace nobounce::nic {
namespace {

using Kind = Knob::Kind;

/// What the largest value must at least be: 64 MiB of a socket's buffer is what a path of 200
/// Gbit/s and 1 ms holds twice; notifications of sends without copies are accounted to optmem.
constexpr std::uint64_t kMaxSocketBufferBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kOptmemBytes = std::uint64_t{1} << 20;

void wish_sysctls(const NicState& nic, Plan& plan) {
  for (const auto& [name, found] : nic.sysctls) {
    Value value = found;
    const bool is_buffer = value.size() == 3;
    value.back() = std::max(value.back(), is_buffer ? kMaxSocketBufferBytes : kOptmemBytes);
    if (value != found) plan.wishes.push_back({.knob = sysctl_knob(name), .value = value});
  }
}

void wish_rings(const RingsWanted& rings, Plan& plan) {
  const auto wish = [&plan](Kind kind, const std::optional<std::uint32_t>& wanted) {
    if (wanted) plan.wishes.push_back({.knob = {.kind = kind}, .value = {*wanted}});
  };
  wish(Kind::kRxRing, rings.rx);
  wish(Kind::kTxRing, rings.tx);
  wish(Kind::kRxBufferLength, rings.rx_buf_len);
}

Status check_rings(const NicState& nic, const RingsWanted& rings) {
  const auto check = [&](const char* name, const auto& wanted, const auto& most) -> Status {
    if (!wanted || (*wanted != 0 && *wanted <= most.value_or(*wanted))) return {};
    return fail(refusal(Code::kInvalidArgument, nic,
                        fmt::format("a {} ring of {} descriptors", name, *wanted),
                        fmt::format("take at most {}", most.value_or(0))));
  };
  NB_TRY(check("receive", rings.rx, nic.rings.rx_max));
  NB_TRY(check("send", rings.tx, nic.rings.tx_max));
  constexpr std::array kGveLengths{2048U, 4096U};
  if (nic.driver == "gve" && rings.rx_buf_len &&
      std::ranges::find(kGveLengths, *rings.rx_buf_len) == kGveLengths.end()) {
    return fail(refusal(Code::kInvalidArgument, nic,
                        fmt::format("gve has no buffers of {} bytes", *rings.rx_buf_len),
                        "rx-buf-len=2048 or rx-buf-len=4096"));
  }
  return {};
}

/// One generic offload, or one for each IP version, as the NIC has them.
Status wish_tx_checksum(const NicState& nic, Plan& plan) {
  if (nic.tx_checksum.active) return {};
  bool any = false;
  for (const char* name : {"tx-checksum-ip-generic", "tx-checksum-ipv4", "tx-checksum-ipv6"}) {
    const auto found = nic.features.find(name);
    if (found == nic.features.end() || !found->second.can_change) continue;
    plan.wishes.push_back({.knob = feature_knob(name), .value = {1}});
    any = true;
  }
  if (any) return {};
  return fail(refusal(Code::kUnsupported, nic,
                      "transmit checksum offload can't be turned on, and the kernel can't sum "
                      "payload that it can't read"));
}

Result<std::vector<std::uint32_t>> queues_for(const NicState& nic, const SetupRequest& request) {
  std::vector<std::uint32_t> given;
  Matches matches;
  for (const SetupRule& rule : request.flows) {
    matches.push_back(rule.match);
    if (rule.queue && std::ranges::find(given, *rule.queue) == given.end()) {
      given.push_back(*rule.queue);
    }
  }
  const auto count = std::max(request.queues, static_cast<std::uint32_t>(given.size()));
  return choose_queues(nic, std::move(given), count, matches);
}

Status plan_flows(const NicState& nic, const SetupRequest& request, Plan& plan) {
  RulePlanner rules(nic);
  // A queue that a rule names serves that rule alone, where there are others.
  std::vector<std::uint32_t> unnamed = plan.queues;
  for (const SetupRule& rule : request.flows) {
    if (rule.queue && unnamed.size() > 1) std::erase(unnamed, *rule.queue);
  }
  std::size_t turn = 0;
  for (const SetupRule& rule : request.flows) {
    if (!rule.queue && unnamed.empty()) {
      return fail(refusal(Code::kInvalidArgument, nic,
                          "a flow without a queue goes to those set aside, and none are",
                          "--queues 1, or name the queue"));
    }
    const std::uint32_t queue = rule.queue ? *rule.queue : unnamed[turn++ % unnamed.size()];
    NB_TRY(rules.add(rule.match, queue, false, plan));
  }
  return {};
}

std::string rss_command(const NicState& nic, const Queues& taken) {
  std::vector<int> weights;
  for (std::uint32_t queue = 0; queue < nic.rx_queues; ++queue) {
    const bool is_used = std::ranges::find(nic.rss_table, queue) != nic.rss_table.end();
    weights.push_back(is_used && !taken.contains(queue) ? 1 : 0);
  }
  return fmt::format("ethtool -X {} weight {}", nic.link.name, fmt::join(weights, " "));
}

std::string rule_command(const std::string& interface, const PlannedRule& planned) {
  const netlink::FlowMatch& match = planned.rule.match;
  const bool is_v4 = match.family == netlink::IpAddress::Family::kV4;
  std::string text = fmt::format("ethtool -N {} flow-type {}", interface, is_v4 ? "tcp4" : "tcp6");
  if (match.destination) text += fmt::format(" dst-ip {}", match.destination->text());
  text += fmt::format(" dst-port {} action {}", match.destination_port, planned.rule.queue);
  if (planned.location != netlink::kAnyLocation) text += fmt::format(" loc {}", planned.location);
  return text;
}

}  // namespace

Result<Plan> plan_channels(const NicState& nic, const SetupRequest& request) {
  NB_TRY(check_is_free(nic, request.force));
  const ChannelsWanted& wanted = request.channels;
  Plan plan;
  if (!wanted.rx && !wanted.tx && !wanted.combined) return plan;
  const auto check = [&](const char* name, const auto& count, std::uint32_t most) -> Status {
    if (!count || (*count != 0 && *count <= most)) return {};
    if (most == 0) {
      return fail(
          refusal(Code::kInvalidArgument, nic,
                  fmt::format("{} {} channels are wanted, and driver \"{}\" counts no {} ones",
                              *count, name, nic.driver, name),
                  fmt::format("ethtool -l {} tells what it counts", nic.link.name)));
    }
    return fail(refusal(Code::kInvalidArgument, nic, fmt::format("{} {} channels", *count, name),
                        fmt::format("take 1 to {}", most)));
  };
  NB_TRY(check("rx", wanted.rx, nic.channels.rx_max));
  NB_TRY(check("tx", wanted.tx, nic.channels.tx_max));
  NB_TRY(check("combined", wanted.combined, nic.channels.combined_max));
  plan.wishes.push_back(
      {.knob = {.kind = Kind::kChannels},
       .value = {wanted.rx.value_or(nic.channels.rx), wanted.tx.value_or(nic.channels.tx),
                 wanted.combined.value_or(nic.channels.combined)}});
  return plan;
}

NicState after_channels(NicState nic, const Plan& channels) {
  if (channels.wishes.empty()) return nic;
  const Value& counts = channels.wishes.front().value;
  const bool was_default = is_default_rss_table(nic.rss_table, nic.rx_queues);
  nic.channels.rx = static_cast<std::uint32_t>(counts.at(0));
  nic.channels.tx = static_cast<std::uint32_t>(counts.at(1));
  nic.channels.combined = static_cast<std::uint32_t>(counts.at(2));
  nic.rx_queues = nic.channels.rx + nic.channels.combined;
  nic.tx_queues = nic.channels.tx + nic.channels.combined;
  for (std::size_t i = 0; was_default && i < nic.rss_table.size(); ++i)
    nic.rss_table[i] = static_cast<std::uint32_t>(i % nic.rx_queues);
  return nic;
}

Result<Plan> plan_setup(const NicState& nic, const SetupRequest& request) {
  NB_TRY(check_is_free(nic, request.force));
  NB_TRY(check_header_split(nic));
  NB_TRY(check_rings(nic, request.rings));
  Plan plan;
  if (request.sysctls) wish_sysctls(nic, plan);
  wish_rings(request.rings, plan);
  NB_TRY(wish_header_split(nic, plan));
  NB_TRY(wish_tx_checksum(nic, plan));
  if (request.queues == 0 && request.flows.empty()) return plan;
  NB_TRY(check_steering(nic));
  NB_ASSIGN(plan.queues, queues_for(nic, request));
  wish_steering(plan);
  NB_TRY(plan_flows(nic, request, plan));
  return plan;
}

std::vector<std::string> commands_for(const NicState& nic, const Plan& plan) {
  std::vector<std::string> commands;
  for (const Wish& wish : plan.wishes) {
    const auto now = value_of(nic, wish.knob);
    if (now && *now != wish.value)
      commands.push_back(command_for(nic.link.name, wish.knob, wish.value));
  }
  Queues taken(plan.queues.begin(), plan.queues.end());
  taken.insert(nic.prepared_queues.begin(), nic.prepared_queues.end());
  taken.insert(nic.claimed_queues.begin(), nic.claimed_queues.end());
  if (std::ranges::any_of(nic.rss_table, [&](auto queue) { return taken.contains(queue); })) {
    commands.push_back(rss_command(nic, taken));
  }
  for (const PlannedRule& rule : plan.rules)
    commands.push_back(rule_command(nic.link.name, rule));
  return commands;
}

}  // namespace nobounce::nic
