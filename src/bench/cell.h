// SPDX-License-Identifier: Apache-2.0
// Cell: one point of the matrix; and why one can't be had on some field. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/field.h"
#include "bench/matrix.h"

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
  double seconds = 0;      ///< Of a run; 0: as the matrix says.
  std::uint64_t runs = 0;  ///< Likewise.
  Shape shape{};
  LinkTuning link{};
  EngineTuning tuning{};  ///< Of nobounce alone.

  /// "devmem → devmem", "iperf3 -Z".
  [[nodiscard]] std::string way() const;
};

/// How long a run of the cell lasts; 0: until its bytes are through.
double seconds_of(const Cell& cell, const Matrix& matrix);
/// How often it runs, warm-ups apart.
std::uint64_t runs_of(const Cell& cell, const Matrix& matrix);

/// How many cells `matrix` has, without making them.
std::uint64_t count_cells(const Matrix& matrix);

/// Every combination of the axes, the paths changing fastest, so that what is compared stands
/// together; after those of each setting a cell for each program to compare with.
std::vector<Cell> expand(const Matrix& matrix);

nlohmann::json to_json(const Cell& cell);

/// Why `cell` can't be measured on `field`, or nothing.
std::optional<std::string> why_impossible(const Cell& cell, const Field& field);

}  // namespace nobounce::bench
