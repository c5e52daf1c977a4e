// SPDX-License-Identifier: Apache-2.0
// Field: what the machines that run cells have. Pure data.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/matrix.h"
#include "bench/placement.h"

namespace nobounce::bench {

/// A host that is a machine of its own.
struct Machine {
  OwnCpus cpus{};
  std::uint64_t nics = 1;  ///< That it was given for payload.
  std::uint64_t accelerators = 0;
  std::uint64_t huge_page_bytes = 0;        ///< Free, of 2 MiB pages.
  std::uint64_t receive_queues = 4;         ///< Of the NIC that has fewest.
  std::vector<std::uint64_t> bits_per_s{};  ///< NIC by NIC; 0: its driver does not say.
  std::set<std::string> families = {"v4"};  ///< Of addresses that each of its NICs has.
};

struct Field {
  unsigned cpus = 0;             ///< Of the machine that both hosts share; of two, the first's.
  std::uint64_t skb_frags = 17;  ///< net.core.max_skb_frags: pages that one packet may hang on to.
  std::uint64_t nic_queues = 4;  ///< Of a NIC, each way.
  std::uint64_t accelerators = 0;
  bool has_huge_pages = true;  ///< 2 MiB pages are set aside for the regions, of one machine.
  std::set<Engine> missing{};  ///< Peers that are not installed.
  /// Host a, which steers, and host b, where they are two machines; queues and accelerators are
  /// then theirs.
  std::optional<Machine> a{};
  std::optional<Machine> b{};

  [[nodiscard]] bool is_two_machines() const { return a && b; }
};

/// Nothing where there are too few CPUs.
std::optional<Placement> placement_on(const Field& field, Cpus cpus);

}  // namespace nobounce::bench
