// SPDX-License-Identifier: Apache-2.0
// LocalEnd: an end on this machine, in this network namespace.
#pragma once

#include <optional>
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
  Venue venue{};
  std::string directory;          ///< Of files that live for one run; nobody else writes there.
  std::vector<int> interrupts{};  ///< Readable: whatever is waited for is given up.
};

/// Longer than a run takes on a bad day.
std::chrono::seconds patience_of(const Matrix& matrix);

class LocalEnd final : public End {
 public:
  /// The matrix must outlive it.
  LocalEnd(LocalPlace place, const Matrix& matrix, const Field& field);

  Result<nlohmann::json> set_up(std::size_t cell) override;
  Status start(std::size_t cell) override;
  Result<nlohmann::json> finish() override;
  std::string stop() override;

 private:
  [[nodiscard]] Result<Placement> placement_for(std::size_t cell) const;
  [[nodiscard]] std::string result_file() const;

  LocalPlace place_;
  const Matrix& matrix_;
  Field field_;
  std::vector<Cell> cells_;
  std::string in_force_;     // What the script set last; empty: nobody knows.
  nlohmann::json settings_;  // Read back after that.
  std::optional<sys::WatchedProgram> program_;
  Engine engine_ = Engine::kNobounce;  // Of the program.
};

}  // namespace nobounce::bench
