// SPDX-License-Identifier: Apache-2.0
// examine: what a host's snapshot says that its owner should know. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "doctor/finding.h"
#include "doctor/provisioning.h"
#include "host/snapshot.h"

namespace nobounce::doctor {

/// What the host is to do; where the snapshot does not say it.
struct Workload {
  std::uint64_t round_trip_ns = 100'000;  ///< Of the network: a data centre's.
  std::uint64_t hold_ns = 1'000'000;      ///< The application keeps what it received.
  std::uint64_t region_bytes = std::uint64_t{64} << 20;  ///< For each queue.
  std::string provider = "udmabuf";
};

/// Worst first; equals in the order in which they would be mended: kernel, memory, NICs.
Findings examine(const host::Snapshot& host, const Workload& workload);

/// What one queue of the NIC needs, or the probe that is missing to tell: the link's speed, the
/// ring's size.
Figure<Provisioning> provision_for(const host::NicFacts& nic, const Workload& workload);

/// The parts of examine, one file each.
void add_kernel_findings(const host::Snapshot& host, const Workload& workload, Findings& findings);
void add_memory_findings(const host::Snapshot& host, const Workload& workload, Findings& findings);
void add_nic_findings(const host::Snapshot& host, const host::NicFacts& nic,
                      const Workload& workload, Findings& findings);

}  // namespace nobounce::doctor
