// SPDX-License-Identifier: Apache-2.0
// What memory a host can give: its exporters of dma-bufs, huge pages, limits.
#include <fmt/format.h>

#include <algorithm>

#include "doctor/examine.h"

namespace nobounce::doctor {
namespace {

constexpr std::uint64_t kMib = std::uint64_t{1} << 20;
constexpr const char* kUdmabufLimit = "/sys/module/udmabuf/parameters/size_limit_mb";

/// The provider asked about can't be missing; of the others it is worth a note that they are.
void add_providers(const host::Snapshot& host, const Workload& workload, Findings& findings) {
  for (const host::ProviderFacts& provider : host.memory.providers) {
    if (provider.opens.works()) continue;
    const bool asked_for = provider.name == workload.provider;
    // That a host has no accelerator is no fault of its.
    if (!asked_for && provider.name.starts_with("accelerator")) continue;
    Finding finding{.id = fmt::format("no-{}", provider.name),
                    .severity = asked_for ? Severity::kWarning : Severity::kNote,
                    .object = "memory",
                    .what = fmt::format("the provider {} does not open: {}", provider.name,
                                        provider.opens.failed),
                    .why = asked_for ? "it is the memory that was asked about"
                                     : "its regions stand in for device memory where there is none",
                    .command = provider.opens.fix};
    // The one fix of a provider that is more than advice: the module is there, or modprobe fails.
    if (provider.opens.fix == "modprobe udmabuf") {
      finding.remedy = LoadModule{.name = "udmabuf"};
    }
    findings.push_back(std::move(finding));
  }
}

void add_udmabuf_limit(const host::MemoryFacts& memory, const Workload& workload,
                       Findings& findings) {
  const auto& limit = memory.udmabuf_size_limit_bytes;
  if (!limit.is_available() || limit.value() >= workload.region_bytes) return;
  const auto wanted_mib = std::to_string((workload.region_bytes + kMib - 1) / kMib);
  findings.push_back(
      {.id = "udmabuf-limit-low",
       .severity = Severity::kWarning,
       .object = "memory",
       .what = fmt::format("udmabuf makes regions of {} MiB at most", limit.value() / kMib),
       .why = fmt::format("a region of {} MiB is asked for", wanted_mib),
       .command = fmt::format("echo {} > {}", wanted_mib, kUdmabufLimit),
       .remedy = WriteSetting{.path = kUdmabufLimit, .value = wanted_mib}});
}

void add_host_memory(const host::MemoryFacts& memory, const Workload& workload,
                     Findings& findings) {
  if (memory.available_bytes.is_available() &&
      memory.available_bytes.value() < workload.region_bytes) {
    findings.push_back(
        {.id = "memory-short",
         .severity = Severity::kWarning,
         .object = "memory",
         .what = fmt::format("{} bytes of memory are available", memory.available_bytes.value()),
         .why =
             fmt::format("a region of host memory takes {} bytes for good", workload.region_bytes),
         .command = "ask for a smaller region, or end what uses the memory"});
  }
  const bool has_huge = std::ranges::any_of(memory.huge_pages, [&](const auto& pool) {
    return pool.page_bytes >= 2 * kMib &&
           pool.free >= (workload.region_bytes - 1) / pool.page_bytes + 1;
  });
  if (has_huge) return;
  findings.push_back(
      {.id = "no-huge-pages",
       .severity = Severity::kNote,
       .object = "memory",
       .what = "no pool of huge pages holds a region",
       .why = "regions of huge pages lie in few pieces: devmem TCP looks for what comes back in a "
              "list "
              "of them, the IOMMU needs fewer entries, and buffers may be larger than 4 KiB",
       .command = fmt::format("sysctl -w vm.nr_hugepages={}",
                              (workload.region_bytes - 1) / (2 * kMib) + 1)});
}

void add_cuda(const host::CudaFacts& cuda, Findings& findings) {
  if (!cuda.driver.works() || cuda.dma_buf.works()) return;
  findings.push_back({.id = "cuda-no-dma-buf",
                      .severity = Severity::kWarning,
                      .object = "CUDA",
                      .what = cuda.dma_buf.failed,
                      .why = "without a dma-buf no NIC can reach the device's memory",
                      .command = cuda.dma_buf.fix});
}

}  // namespace

void add_memory_findings(const host::Snapshot& host, const Workload& workload, Findings& findings) {
  add_providers(host, workload, findings);
  add_udmabuf_limit(host.memory, workload, findings);
  add_host_memory(host.memory, workload, findings);
  add_cuda(host.cuda, findings);
}

}  // namespace nobounce::doctor
