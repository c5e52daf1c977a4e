// SPDX-License-Identifier: Apache-2.0
// End: one of the two hosts between which a cell runs, as whoever takes the turns sees it: near, or
// far away behind an agent.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::bench {

enum class Role { kSender, kReceiver };

/// Cells are named by their place in the matrix, which an end knows as well.
class End {
 public:
  virtual ~End() = default;

  /// Sets the host as the cell wants it. The settings that are then in force, as read back; the
  /// Error says what was refused.
  virtual Result<nlohmann::json> set_up(std::size_t cell) = 0;
  /// Starts the cell's programs, one for each flow; a receiver's have then said that a sender may
  /// come.
  virtual Status start(std::size_t cell) = 0;
  /// Waits for the programs' ends. What each wrote of the run, flow by flow; null where it writes
  /// nothing.
  virtual Result<std::vector<nlohmann::json>> finish() = 0;
  /// Ends the programs as Ctrl-C would, if they run. What they said.
  virtual std::string stop() = 0;

  /// How its clock stood to ours when the program was last started; null where it is the same.
  [[nodiscard]] virtual nlohmann::json clock() const { return nullptr; }
  /// Whether it can't be reached any more, so that no further turn can be taken.
  [[nodiscard]] virtual bool is_gone() const { return false; }
};

}  // namespace nobounce::bench
