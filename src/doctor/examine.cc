// SPDX-License-Identifier: Apache-2.0
#include "doctor/examine.h"

#include <algorithm>

namespace nobounce::doctor {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return "note";
}

Findings examine(const host::Snapshot& host, const Workload& workload) {
  Findings findings;
  add_kernel_findings(host, workload, findings);
  add_memory_findings(host, workload, findings);
  for (const host::NicFacts& nic : host.nics)
    add_nic_findings(host, nic, workload, findings);
  std::ranges::stable_sort(findings, {}, &Finding::severity);
  return findings;
}

Figure<Provisioning> provision_for(const host::NicFacts& nic, const Workload& workload) {
  constexpr std::uint64_t kDefaultBufferBytes = 4096;  // A niov, unless the driver says otherwise.
  if (!nic.looked.works()) return NotAvailable{nic.looked.failed};
  if (!nic.state.speed_mbps) return NotAvailable{"the driver does not tell the link's speed"};
  if (!nic.state.rings.rx) return NotAvailable{"the driver does not tell the size of its rings"};
  return provision({.speed_mbit_per_s = *nic.state.speed_mbps,
                    .round_trip_ns = workload.round_trip_ns,
                    .ring_entries = *nic.state.rings.rx,
                    .buffer_bytes = nic.state.rings.rx_buf_len.value_or(kDefaultBufferBytes),
                    .hold_ns = workload.hold_ns});
}

}  // namespace nobounce::doctor
