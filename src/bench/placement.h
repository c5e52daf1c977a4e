// SPDX-License-Identifier: Apache-2.0
// Placement: which CPUs of one machine two hosts take, each for its application and for its
// network. Pure.
#pragma once

#include <optional>
#include <string>
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

/// "0,2", as taskset and the kernel's affinity lists take it.
std::string list_of(const std::vector<unsigned>& cpus);

}  // namespace nobounce::bench
