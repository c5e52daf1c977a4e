// SPDX-License-Identifier: Apache-2.0
// Placement: which CPUs two hosts take, each for its application and for its network, whether they
// share a machine or have one each. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/matrix.h"

namespace nobounce::bench {

/// CPUs by number; all of the machine's where nothing is pinned.
struct HostCpus {
  std::vector<unsigned> application;
  std::vector<unsigned> network;  ///< Of interrupts, and so of softirqs.
};

struct Placement {
  HostCpus sender;
  HostCpus receiver;
};

/// Of both hosts together; 0 where none in particular.
unsigned cpus_wanted(Cpus cpus);

/// The sender takes the first CPUs, the receiver the next, so that no CPU serves both. Nothing if
/// `available` are too few.
std::optional<Placement> placement_of(Cpus cpus, unsigned available);

/// The CPUs of a host that is a machine of its own.
struct OwnCpus {
  std::vector<unsigned> usable;    ///< By whatever runs there.
  std::vector<unsigned> near_nic;  ///< Of the NIC's memory node, in the order they are to be taken.
};

/// The first CPUs near the NIC, or all that are usable. Nothing if there are too few.
std::optional<HostCpus> cpus_of_own_host(Cpus cpus, const OwnCpus& host);

/// The numbers of "0-3,8", as the kernel writes them; none for what is no such list.
std::vector<unsigned> parse_cpu_list(std::string_view text);

/// "0,2", as taskset and the kernel's affinity lists take it.
std::string list_of(const std::vector<unsigned>& cpus);

}  // namespace nobounce::bench
