// SPDX-License-Identifier: Apache-2.0
#include "lab/network_plan.h"

#include <utility>

#include "lab/topology.h"

namespace nobounce::lab {
namespace {

constexpr std::uint32_t kUsualPairs = 1;
constexpr std::uint32_t kUsualHosts = 3;

tl::unexpected<Error> contradiction(const char* flag, const char* cause, const char* fix) {
  return fail({.code = Code::kInvalidArgument,
               .operation = "use of",
               .object = flag,
               .cause = cause,
               .fix = fix});
}

// Wires that are not there can neither fail nor be listened to.
Status check_wireless(const NetworkOptions& options) {
  constexpr const char* kFix = "give --pairs 1 or more";
  if (options.guests > 1)
    return contradiction("--guests", "without NICs nothing joins the two guests", kFix);
  if (!options.capture.empty())
    return contradiction("--capture", "without NICs there is nothing to capture", kFix);
  if (options.impairments != emulator::wire::Impairments{})
    return contradiction("--wire-…", "without NICs there are no wires", kFix);
  return {};
}

Status check_flags(const NetworkOptions& options) {
  if (options.topology == Topology::kSwitch) {
    if (options.pairs)
      return contradiction("--pairs", "a switch has hosts, not pairs",
                           "give --hosts, or --topology pair");
    if (options.guests > 1)
      return contradiction("--guests", "two guests are joined in pairs",
                           "leave --topology switch or --guests out");
    return {};
  }
  if (options.hosts)
    return contradiction("--hosts", "a pair has two hosts, a and b",
                         "give --topology switch, or --pairs");
  return options.pairs == 0U ? check_wireless(options) : Status{};
}

// A letter for each host, and each NIC for whom its place in the layout says.
std::vector<GuestShare> share_out(const NetworkOptions& options, std::uint32_t hosts,
                                  std::size_t nics) {
  std::vector<GuestShare> guests(options.guests);
  for (std::uint32_t host = 0; host < hosts; ++host)
    guests[host % options.guests].hosts += host_name(host);
  // The ends of a pair follow each other, a first.
  for (std::size_t nic = 0; nic < nics; ++nic)
    guests[nic % options.guests].nics.push_back(nic);
  return guests;
}

// Each guest's NICs and accelerators reach each other, and no other guest's.
void add_accelerators(const NetworkOptions& options, NetworkPlan& plan) {
  for (std::uint32_t guest = 0; guest < plan.guests.size(); ++guest) {
    for (const std::size_t nic : plan.guests[guest].nics)
      plan.layout.nics[nic].guest = guest;
    for (std::uint32_t i = 0; i < options.accelerators; ++i)
      plan.guests[guest].accelerators.push_back(plan.layout.accelerators.size() + i);
    emulator::add_accelerators(plan.layout, options.accelerators, guest, options.accelerator);
  }
}

}  // namespace

Result<NetworkPlan> plan_network(const NetworkOptions& options) {
  NB_TRY(check_flags(options));
  NB_TRY(emulator::wire::check(options.impairments));
  const bool on_switch = options.topology == Topology::kSwitch;
  const std::uint32_t hosts = on_switch ? options.hosts.value_or(kUsualHosts) : 2;
  const emulator::UniformOptions uniform{
      .count = on_switch ? hosts : options.pairs.value_or(kUsualPairs),
      .queues = options.queues,
      .mtu = options.mtu,
      .impairments = options.impairments,
      .seed = options.seed};
  NetworkPlan plan;
  if (uniform.count > 0)
    plan.layout =
        on_switch ? emulator::layout_of_switch(uniform) : emulator::layout_of_pairs(uniform);
  for (emulator::WireLayout& wire : plan.layout.wires)
    wire.queue_bytes = options.queue_bytes;
  for (emulator::NicLayout& nic : plan.layout.nics)
    nic.options.doorbells = options.doorbells;
  plan.layout.capture = options.capture;
  plan.guests = share_out(options, hosts, plan.layout.nics.size());
  add_accelerators(options, plan);
  return plan;
}

}  // namespace nobounce::lab
