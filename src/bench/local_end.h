// SPDX-License-Identifier: Apache-2.0
// LocalEnd: an end on this machine, in this network namespace: a program for each flow of a cell.
#pragma once

#include <string>
#include <vector>

#include "bench/cell.h"
#include "bench/cell_commands.h"
#include "bench/end.h"
#include "bench/matrix.h"
#include "sys/watched_program.h"

namespace nobounce::bench {

struct LocalPlace {
  Role role = Role::kSender;
  Venue venue{};                  ///< Of the first flow; the others' ports follow.
  std::string directory;          ///< Of files that live for one run; nobody else writes there.
  std::vector<int> interrupts{};  ///< Readable: whatever is waited for is given up.
};

class LocalEnd final : public End {
 public:
  /// The matrix must outlive it.
  LocalEnd(LocalPlace place, const Matrix& matrix, const Field& field);

  Result<nlohmann::json> set_up(std::size_t cell) override;
  Status start(std::size_t cell) override;
  Result<std::vector<nlohmann::json>> finish() override;
  std::string stop() override;

 private:
  [[nodiscard]] Result<Placement> placement_for(std::size_t cell) const;
  [[nodiscard]] bool sends() const { return place_.role == Role::kSender; }
  [[nodiscard]] const char* name() const { return sends() ? "sender" : "receiver"; }
  [[nodiscard]] std::string result_file(std::size_t flow) const;
  Status start_flow(std::size_t flow, const Cell& cell, const Placement& placement);
  Status start_flows(const Cell& cell, const Placement& placement);
  Result<nlohmann::json> finish_flow(std::size_t flow);

  LocalPlace place_;
  const Matrix& matrix_;
  Field field_;
  std::vector<Cell> cells_;
  std::string in_force_;     // What the script set last; empty: nobody knows.
  nlohmann::json settings_;  // Read back after that.
  /// One of the flows of the cell that was started.
  struct Running {
    sys::WatchedProgram program;
    std::string ready;  // What it says once it is; empty: it says nothing.
  };
  std::vector<Running> flows_;
  Engine engine_ = Engine::kNobounce;  // Of these programs.
};

}  // namespace nobounce::bench
