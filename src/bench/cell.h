// SPDX-License-Identifier: Apache-2.0
// Cell: one point of the matrix; and why one can't be had on some field. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/matrix.h"
#include "bench/placement.h"

namespace nobounce::bench {

struct Cell {
  Engine engine = Engine::kNobounce;
  PathPair paths{};  ///< Of nobounce alone, like the memories and the pool.
  std::string tx_memory;
  std::string rx_memory;
  Gro gro = Gro::kHardware;
  std::uint64_t gso_max_bytes = kUnmergedBytes;
  std::uint64_t gro_max_bytes = kUnmergedBytes;
  std::uint64_t mtu = 0;
  Cpus cpus = Cpus::kAny;
  std::uint64_t message_bytes = 0;
  std::uint64_t pool_bytes = 0;
  Shape shape{};
  LinkTuning link{};
  EngineTuning tuning{};  ///< Of nobounce alone.

  /// "devmem → devmem", "iperf3 -Z".
  [[nodiscard]] std::string way() const;
};

/// How many cells `matrix` has, without making them.
std::uint64_t count_cells(const Matrix& matrix);

/// Every combination of the axes, the paths changing fastest, so that what is compared stands
/// together; after those of each setting a cell for each program to compare with.
std::vector<Cell> expand(const Matrix& matrix);

nlohmann::json to_json(const Cell& cell);

/// What the machines that run the cells have.
struct Field {
  unsigned cpus = 0;             ///< Of the machine that both hosts share.
  std::uint64_t skb_frags = 17;  ///< net.core.max_skb_frags: pages that one packet may hang on to.
  std::uint64_t nic_queues = 4;  ///< Of a NIC, each way.
  std::uint64_t accelerators = 0;
  bool has_huge_pages = true;  ///< 2 MiB pages are set aside for the regions.
  std::set<Engine> missing{};  ///< Peers that are not installed.
  /// Where the hosts are two machines, the CPUs of each; `cpus` is then the sender's.
  std::optional<OwnCpus> sender_cpus{};
  std::optional<OwnCpus> receiver_cpus{};

  [[nodiscard]] bool is_two_machines() const { return sender_cpus && receiver_cpus; }
};

/// Nothing where there are too few CPUs.
std::optional<Placement> placement_on(const Field& field, Cpus cpus);

/// `cell` with what it leaves to the machine decided: the pages of its regions.
Cell as_run_on(const Field& field, Cell cell);

/// Why `cell` can't be measured on `field`, or nothing.
std::optional<std::string> why_impossible(const Cell& cell, const Field& field);

}  // namespace nobounce::bench
