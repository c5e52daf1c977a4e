// SPDX-License-Identifier: Apache-2.0
#include "measure/own_cpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "netlink/parent_device.h"
#include "sys/directory_names.h"
#include "sys/interface_index.h"
#include "sys/number_file.h"
#include "sys/text_file.h"

namespace nobounce::measure {
namespace {

CpuList united(const CpuList& a, const CpuList& b) {
  CpuList both;
  std::ranges::set_union(a, b, std::back_inserter(both));
  return both;
}

Result<CpuList> read_cpu_list(const std::string& path) {
  NB_ASSIGN(const std::string text, sys::read_word_file(path));
  return parse_cpu_list(text);
}

// Where a thread may run, from its status file.
Result<CpuList> allowed_in(std::string_view status) {
  constexpr std::string_view kKey = "Cpus_allowed_list:";
  const std::size_t at = status.find(kKey);
  if (at == std::string_view::npos) return parse_cpu_list("no Cpus_allowed_list");
  status.remove_prefix(at + kKey.size());
  status.remove_prefix(std::min(status.find_first_not_of(" \t"), status.size()));
  return parse_cpu_list(status.substr(0, status.find('\n')));
}

Result<CpuList> cpus_of_threads(const std::string& tasks) {
  NB_ASSIGN(const auto threads, sys::names_in(tasks));
  CpuList cpus;
  for (const std::string& thread : threads) {
    const auto status = sys::read_text_file(fmt::format("{}/{}/status", tasks, thread));
    if (!status) continue;  // It has ended.
    NB_ASSIGN(const CpuList allowed, allowed_in(*status));
    cpus = united(cpus, allowed);
  }
  return cpus;
}

// Where an interrupt goes. The kernel picks one of those that are allowed, and says which; a move
// that waits for the next interrupt shows in what is allowed alone.
Result<CpuList> cpus_of_interrupt(const std::string& directory) {
  NB_ASSIGN(const CpuList allowed, read_cpu_list(directory + "smp_affinity_list"));
  const auto picked = read_cpu_list(directory + "effective_affinity_list");
  if (picked && !picked->empty() && std::ranges::includes(allowed, *picked)) return *picked;
  return allowed;
}

Result<CpuList> cpus_of_interrupts(const std::string& pci_address, const OwnCpusOptions& options) {
  NB_ASSIGN(const auto numbers,
            sys::names_in(fmt::format("{}/{}/msi_irqs", options.pci_devices, pci_address)));
  CpuList cpus;
  for (const std::string& number : numbers) {
    NB_ASSIGN(const CpuList one,
              cpus_of_interrupt(fmt::format("{}/{}/", options.interrupts, number)));
    cpus = united(cpus, one);
  }
  return cpus;
}

Result<CpuList> find_own_cpus(const std::string& pci_address, const OwnCpusOptions& options) {
  NB_ASSIGN(const CpuList online, read_cpu_list(options.cpus + "/online"));
  NB_ASSIGN(const CpuList threads, cpus_of_threads(options.tasks));
  NB_ASSIGN(const CpuList interrupts, cpus_of_interrupts(pci_address, options));
  CpuList own;
  // A list of what is allowed names CPUs that are not there, too.
  std::ranges::set_intersection(united(threads, interrupts), online, std::back_inserter(own));
  if (own.size() < online.size()) return own;
  return fail({.code = Code::kUnsupported,
               .operation = "figure of",
               .object = "this end alone",
               .cause = "the process and the NIC's interrupts are not pinned to CPUs of their own",
               .fix = {}});
}

Result<std::string> pci_address_of(const std::string& interface) {
  const auto none = [&](const char* cause) {
    return fail({.code = Code::kUnsupported,
                 .operation = "interrupts of",
                 .object = interface.empty() ? "the NIC" : interface,
                 .cause = cause,
                 .fix = {}});
  };
  if (interface.empty()) return none("no NIC is known for the connection");
  NB_ASSIGN(const int ifindex, sys::interface_index(interface));
  NB_ASSIGN(const netlink::ParentDevice device, netlink::parent_device(ifindex));
  if (device.bus != "pci") return none("it is on no PCI bus");
  return device.name;
}

}  // namespace

Figure<CpuList> own_cpus_with(const std::string& pci_address, const OwnCpusOptions& options) {
  return find_own_cpus(pci_address, options);
}

Figure<CpuList> own_cpus(const std::string& interface) {
  const auto address = pci_address_of(interface);
  if (!address) return NotAvailable{to_string(address.error())};
  return own_cpus_with(*address);
}

}  // namespace nobounce::measure
