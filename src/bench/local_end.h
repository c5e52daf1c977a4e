// SPDX-License-Identifier: Apache-2.0
// LocalEnd: an end on this machine, in this network namespace: a program for each stream of a cell
// that leaves or comes here.
#pragma once

#include <string>
#include <vector>

#include "bench/cell.h"
#include "bench/cell_commands.h"
#include "bench/end.h"
#include "bench/lines.h"
#include "bench/matrix.h"
#include "bench/streams.h"
#include "sys/watched_program.h"

namespace nobounce::bench {

struct LocalPlace {
  char host = 'a';  ///< Which of the two this is; a steers.
  Lines lines{};
  std::string directory;          ///< Of files that live for one run; nobody else writes there.
  std::vector<int> interrupts{};  ///< Readable: whatever is waited for is given up.
};

class LocalEnd final : public End {
 public:
  /// The matrix must outlive it.
  LocalEnd(LocalPlace place, const Matrix& matrix, const Field& field);

  Result<std::vector<nlohmann::json>> set_up(std::size_t cell) override;
  Status start_receivers(std::size_t cell, bool is_traced) override;
  Status start_senders(std::size_t cell, bool is_traced) override;
  Status give_order() override;
  Result<EndFigures> finish() override;
  std::string stop() override;

 private:
  enum class Role { kSender, kReceiver };
  /// What one stream of the cell runs here.
  struct Running {
    sys::WatchedProgram program;
    std::string ready;  // What it says once it is; empty: it says nothing.
    std::string result_file;
    std::string calls_file;  // Empty: it is not traced.
  };

  [[nodiscard]] Result<Placement> placement_for(std::size_t cell) const;
  [[nodiscard]] const std::vector<HostNic>& nics() const {
    return place_.host == 'a' ? place_.lines.a : place_.lines.b;
  }
  [[nodiscard]] Result<std::vector<nlohmann::json>> look_at_nics(const Cell& cell) const;
  Status start(Role role, std::size_t cell, bool is_traced);
  Result<Running> start_stream(Role role, const Stream& stream, const Cell& cell,
                               const Placement& placement, std::string result_file,
                               std::string calls_file);
  Result<std::vector<nlohmann::json>> finish_all(Role role);
  [[nodiscard]] Result<nlohmann::json> result_of(Role role, Running& running) const;
  [[nodiscard]] std::vector<Running>& programs(Role role) {
    return role == Role::kSender ? senders_ : receivers_;
  }

  LocalPlace place_;
  const Matrix& matrix_;
  Field field_;
  std::vector<Cell> cells_;
  std::string in_force_;                  // What the script set last; empty: nobody knows.
  std::vector<nlohmann::json> settings_;  // Read back after that.
  std::vector<Running> receivers_;
  std::vector<Running> senders_;
  std::size_t running_cell_ = 0;       // Whose programs these are.
  Engine engine_ = Engine::kNobounce;  // Likewise.
};

}  // namespace nobounce::bench
