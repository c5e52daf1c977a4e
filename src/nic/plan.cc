// SPDX-License-Identifier: Apache-2.0
#include "nic/plan.h"

#include <fmt/format.h>

#include "nic/nic_checks.h"
#include "nic/steering_plan.h"

namespace nobounce::nic {
namespace {

using netlink::FlowMatch;
using Kind = Knob::Kind;

// Source ports can be told apart by 15 bits; nobody has that many queues to give away.
constexpr std::uint32_t kMaxQueuesOfALease = 64;

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

Result<Plan> plan_mapped_pages(const NicState& nic) {
  constexpr std::uint64_t kPageBytes = 4096;
  Plan plan;
  if (nic.rings.rx_buf_len) {
    plan.wishes.push_back(
        {.knob = {.kind = Kind::kRxBufferLength}, .value = {kPageBytes}, .is_optional = true});
  }
  NB_TRY(wish_header_split(nic, plan));
  return plan;
}

Status plan_rules(const NicState& nic, const FlowMatch& match, Plan& plan) {
  RulePlanner rules(nic);
  const auto count = static_cast<std::uint32_t>(plan.queues.size());
  if (count == 1) return rules.add(match, plan.queues.front(), false, plan);
  if (nic.has_rss_contexts) return rules.add(match, 0, true, plan);
  const Matches matches = spread_by_source_port(match, count);
  for (std::size_t i = 0; i < matches.size(); ++i)
    NB_TRY(rules.add(matches[i], plan.queues[i % count], false, plan));
  return {};
}

}  // namespace

Result<Plan> plan(const NicState& nic, const ReceiveRequest& request) {
  NB_TRY(check_is_free(nic, request.force));
  NB_TRY(check_header_split(nic));
  if (request.purpose == ReceiveRequest::Purpose::kMappedPages) return plan_mapped_pages(nic);
  NB_TRY(check_steering(nic));
  if (request.queues == 0 || request.queues > kMaxQueuesOfALease) {
    return fail(refusal(Code::kInvalidArgument, nic,
                        fmt::format("a lease of {} queues", request.queues),
                        fmt::format("take 1 to {}", kMaxQueuesOfALease)));
  }
  NB_ASSIGN(const FlowMatch match, match_for(nic, request));
  std::vector<std::uint32_t> given;
  if (request.queue) given.push_back(*request.queue);
  if (const auto standing = standing_queue(nic, match); given.empty() && standing) {
    given.push_back(*standing);
  }
  Matches matches{match};
  if (request.queues > 1) matches = spread_by_source_port(match, request.queues);
  Plan plan;
  NB_ASSIGN(plan.queues, choose_queues(nic, std::move(given), request.queues, matches));
  NB_TRY(wish_header_split(nic, plan));
  wish_steering(plan);
  NB_TRY(plan_rules(nic, match, plan));
  return plan;
}

}  // namespace nobounce::nic
