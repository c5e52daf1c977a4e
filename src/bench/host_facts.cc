// SPDX-License-Identifier: Apache-2.0
#include "bench/host_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "base/version.h"
#include "bench/cell_commands.h"
#include "bench/host_script.h"
#include "bench/peers.h"
#include "nic/nic.h"
#include "report/figure_json.h"
#include "sys/host_id.h"
#include "sys/host_identity.h"
#include "sys/huge_pages.h"
#include "sys/kernel_parameter.h"
#include "sys/text_file.h"
#include "sys/usable_cpu_list.h"
#include "sys/virtgpu.h"

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

/// Free ones of 2 MiB, which regions may be of; 0 where the kernel has none, or does not say.
std::uint64_t huge_page_bytes() {
  constexpr std::uint64_t kPageBytes = std::uint64_t{2} << 20;
  const auto pools = sys::read_huge_pages();
  if (!pools) return 0;
  const auto pool = std::ranges::find(*pools, kPageBytes, &sys::HugePages::page_bytes);
  return pool == pools->end() ? 0 : pool->free * kPageBytes;
}

std::uint64_t count_at(const json& object, const char* name, std::uint64_t otherwise) {
  const json found = object.is_object() ? object.value(name, json()) : json();
  return found.is_number_unsigned() ? found.get<std::uint64_t>() : otherwise;
}

/// The families that this NIC has and the ones before have as well.
void keep_families_of(const json& nic, std::set<std::string>& families) {
  const json found = nic.value("families", json::array());
  std::erase_if(families, [&found](const std::string& family) {
    return !found.is_array() || std::ranges::find(found, json(family)) == found.end();
  });
}

Machine machine_of(const json& host) {
  Machine machine{
      .cpus = {.usable = cpus_at(host, "usable_cpus"), .near_nic = cpus_at(host, "near_cpus")},
      .nics = 0,
      .accelerators = count_at(host, "accelerators", 0),
      .huge_page_bytes = count_at(host, "huge_page_bytes", 0),
      .receive_queues = std::numeric_limits<std::uint64_t>::max(),
      .families = {"v4", "v6"}};
  constexpr std::uint64_t kBitsOfAMegabit = 1'000'000;
  const json nics = host.value("nics", json());
  for (const json& nic : nics.is_array() ? nics : json::array()) {
    if (!nic.is_object()) continue;
    ++machine.nics;
    machine.receive_queues = std::min(machine.receive_queues, count_at(nic, "rx_queues", 0));
    machine.bits_per_s.push_back(count_at(nic, "speed_mbps", 0) * kBitsOfAMegabit);
    keep_families_of(nic, machine.families);
  }
  return machine;
}

/// What a script, and the kernel, say of one NIC.
Result<nic::NicState> usable_nic(const std::string& nic, bool force) {
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
  NB_ASSIGN(nic::NicState state, nic::look_at(nic));
  if (!state.default_route_interface.empty() && !force)
    return refuse(Code::kBusy,
                  fmt::format("the default route leaves through it ({}), and a bench changes its "
                              "MTU, its offloads and where its interrupts go",
                              state.default_route_interface),
                  "take another NIC, or --force to take the risk");
  return state;
}

json json_of(const HostNic& nic, const nic::NicState& state) {
  Figure<std::uint32_t> speed = NotAvailable{"the driver does not say"};
  if (state.speed_mbps) speed = *state.speed_mbps;
  json families = json::array();
  for (const char* family : {"v4", "v6"}) {
    if (!nic.address(family).empty()) families.push_back(family);
  }
  json object = {{"interface", nic.name},
                 {"driver", state.driver},
                 {"rx_queues", state.rx_queues},
                 {"tx_queues", state.tx_queues},
                 {"families", families}};
  object["speed_mbps"] = speed;
  return object;
}

}  // namespace

std::set<Engine> missing_peers(const json& facts) {
  const json programs = facts.value("programs", json::array());
  std::set<Engine> missing;
  for (const Engine peer : kPeers) {
    if (!programs.is_array() || std::ranges::find(programs, json(word_of(peer))) == programs.end())
      missing.insert(peer);
  }
  return missing;
}

std::uint64_t count_accelerators() {
  const auto nodes = sys::render_nodes();
  if (!nodes) return 0;
  return static_cast<std::uint64_t>(std::ranges::count_if(*nodes, [](const sys::RenderNode& node) {
    return sys::Virtgpu::open(node.path).has_value();
  }));
}

json host_facts() {
  const sys::HostIdentity host = sys::identify_host();
  json facts = {{"version", std::string(version())},
                {"git_revision", std::string(git_revision())},
                {"cpus", host.cpus},
                {"max_skb_frags", skb_frags()}};
  facts["kernel"] = host.kernel_release;
  facts["cpu"] = host.cpu_model;
  facts["host_id"] = sys::host_id();
  facts["programs"] = json::array();
  for (const Engine peer : kPeers) {
    if (run_here(fmt::format("command -v {}", program_of(peer))))
      facts["programs"].push_back(word_of(peer));
  }
  for (const char* name : kParameters)
    facts["sysctls"][name] = Figure<std::string>(sys::read_kernel_parameter(name));
  return facts;
}

Result<json> nic_facts(std::span<const HostNic> nics, bool force) {
  json facts = {{"nics", json::array()},
                {"accelerators", count_accelerators()},
                {"huge_page_bytes", huge_page_bytes()}};
  for (const HostNic& nic : nics) {
    NB_ASSIGN(const nic::NicState state, usable_nic(nic.name, force));
    if (facts["nics"].empty()) facts["nic_driver"] = state.driver;
    facts["nics"].push_back(json_of(nic, state));
  }
  const std::vector<unsigned> usable = sys::usable_cpu_list();
  std::vector<unsigned> near =
      cpus_in(fmt::format("/sys/class/net/{}/device/local_cpulist", nics.front().name), usable);
  if (near.empty()) near = usable;
  facts.update({{"usable_cpus", usable}, {"near_cpus", cores_first(near)}});
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
    field.a = machine_of(session);
    field.b = machine_of(peer);
    field.missing = missing_peers(session);
    field.missing.merge(missing_peers(peer));
  }
  return field;
}

}  // namespace nobounce::bench
