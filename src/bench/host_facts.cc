// SPDX-License-Identifier: Apache-2.0
#include "bench/host_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/version.h"
#include "bench/cell_commands.h"
#include "nic/nic.h"
#include "report/figure_json.h"
#include "sys/host_id.h"
#include "sys/host_identity.h"
#include "sys/kernel_parameter.h"
#include "sys/text_file.h"
#include "sys/usable_cpu_list.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

// In the lab those of the namespaces, whose values they took from the initial one.
constexpr const char* kParameters[] = {"net.core.rmem_max",   "net.core.wmem_max",
                                       "net.core.optmem_max", "net.ipv4.tcp_rmem",
                                       "net.ipv4.tcp_wmem",   "net.ipv4.tcp_congestion_control"};

/// How many pages a packet may hang on to; the kernel's usual limit where it doesn't say.
std::uint64_t skb_frags() {
  std::uint64_t frags = Field{}.skb_frags;
  if (const auto text = sys::read_kernel_parameter("net.core.max_skb_frags"))
    std::from_chars(text->data(), text->data() + text->size(), frags);
  return frags;
}

/// Of the CPUs in the file that this process may use; nothing where there is no such file.
std::vector<unsigned> cpus_in(const std::string& file, const std::vector<unsigned>& usable) {
  const auto text = sys::read_text_file(file);
  if (!text) return {};
  std::vector<unsigned> cpus = parse_cpu_list(*text);
  std::erase_if(cpus, [&](unsigned cpu) { return std::ranges::find(usable, cpu) == usable.end(); });
  return cpus;
}

/// One thread of each core first: two CPUs that are asked for shall be two cores.
std::vector<unsigned> cores_first(const std::vector<unsigned>& cpus) {
  std::vector<unsigned> first;
  std::vector<unsigned> rest;
  for (const unsigned cpu : cpus) {
    const auto threads = cpus_in(
        fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu), cpus);
    const bool is_second = !threads.empty() && threads.front() != cpu;
    (is_second ? rest : first).push_back(cpu);
  }
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

std::vector<unsigned> cpus_at(const json& host, const char* name) {
  const json found = host.value(name, json());
  std::vector<unsigned> cpus;
  if (!found.is_array()) return cpus;
  for (const json& cpu : found) {
    if (cpu.is_number_unsigned()) cpus.push_back(cpu.get<unsigned>());
  }
  return cpus;
}

OwnCpus own_cpus_of(const json& host) {
  return {.usable = cpus_at(host, "usable_cpus"), .near_nic = cpus_at(host, "near_cpus")};
}

}  // namespace

json host_facts() {
  const sys::HostIdentity host = sys::identify_host();
  json facts = {{"version", std::string(version())},
                {"git_revision", std::string(git_revision())},
                {"cpus", host.cpus},
                {"max_skb_frags", skb_frags()}};
  facts["kernel"] = host.kernel_release;
  facts["cpu"] = host.cpu_model;
  facts["host_id"] = sys::host_id();
  for (const char* name : kParameters)
    facts["sysctls"][name] = Figure<std::string>(sys::read_kernel_parameter(name));
  return facts;
}

Result<json> nic_facts(const std::string& nic, bool force) {
  const auto refuse = [&nic](Code code, std::string cause, std::string fix) {
    return fail({.code = code,
                 .operation = "bench on",
                 .object = nic,
                 .cause = std::move(cause),
                 .fix = std::move(fix)});
  };
  if (!is_plain_nic_name(nic))
    return refuse(Code::kInvalidArgument, "its name has marks that a shell would read",
                  "rename it, or take another NIC");
  if (nic == "lo")
    return refuse(Code::kInvalidArgument, "loopback is no NIC", "name one with --nic");
  NB_ASSIGN(const nic::NicState state, nic::look_at(nic));
  if (!state.default_route_interface.empty() && !force)
    return refuse(Code::kBusy,
                  fmt::format("the default route leaves through it ({}), and a bench changes its "
                              "MTU, its offloads and where its interrupts go",
                              state.default_route_interface),
                  "take another NIC, or --force to take the risk");
  const std::vector<unsigned> usable = sys::usable_cpu_list();
  std::vector<unsigned> near =
      cpus_in(fmt::format("/sys/class/net/{}/device/local_cpulist", nic), usable);
  if (near.empty()) near = usable;
  Figure<std::uint32_t> speed = NotAvailable{"the driver does not say"};
  if (state.speed_mbps) speed = *state.speed_mbps;
  json facts = {{"usable_cpus", usable}, {"near_cpus", cores_first(near)}};
  facts["nic_driver"] = state.driver;
  facts["nic"] = {{"interface", nic},
                  {"driver", state.driver},
                  {"rx_queues", state.rx_queues},
                  {"tx_queues", state.tx_queues}};
  facts["nic"]["speed_mbps"] = speed;
  return facts;
}

Field field_of(const json& session) {
  Field field{.cpus = session.value("cpus", 0U),
              .skb_frags = session.value("max_skb_frags", Field{}.skb_frags),
              .nic_queues = session.value("nic_queues", Field{}.nic_queues),
              .accelerators = session.value("accelerators", std::uint64_t{0}),
              .has_huge_pages = session.value("has_huge_pages", false)};
  const json peer = session.value("peer", json());
  if (peer.is_object()) {
    field.sender_cpus = own_cpus_of(session);
    field.receiver_cpus = own_cpus_of(peer);
    field.nic_queues = peer.value(json::json_pointer("/nic/rx_queues"), field.nic_queues);
  }
  return field;
}

}  // namespace nobounce::bench
