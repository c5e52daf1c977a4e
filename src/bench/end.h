// SPDX-License-Identifier: Apache-2.0
// End: one of the two hosts between which a cell runs, as whoever takes the turns sees it: near, or
// far away behind an agent. It receives, sends, or does both at once.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::bench {

/// What the programs of an end wrote of a run, in the order of the cell's streams.
struct EndFigures {
  std::vector<nlohmann::json> sent;  ///< Of the streams that leave it; null: nothing is written.
  std::vector<nlohmann::json> received;  ///< Of those that come to it.
};

/// Cells are named by their place in the matrix, which an end knows as well.
class End {
 public:
  virtual ~End() = default;

  /// Sets the host as the cell wants it. The settings that are then in force, NIC by NIC, as read
  /// back; the Error says what was refused.
  virtual Result<std::vector<nlohmann::json>> set_up(std::size_t cell) = 0;
  /// Starts the receivers of the cell's streams that come here; senders may then come. What is
  /// traced tells its system calls among its figures ("traced_syscalls").
  virtual Status start_receivers(std::size_t cell, bool is_traced) = 0;
  /// Starts the senders of those that leave. Where the cell has several streams they are then
  /// connected, and await the order.
  virtual Status start_senders(std::size_t cell, bool is_traced) = 0;
  virtual Status give_order() = 0;
  /// Waits for the ends of all programs that were started.
  virtual Result<EndFigures> finish() = 0;
  /// Ends the programs as Ctrl-C would, if they run. What they said.
  virtual std::string stop() = 0;

  /// How its clock stood to ours when receivers were last started; null where it is the same.
  [[nodiscard]] virtual nlohmann::json clock() const { return nullptr; }
  /// Finds out whether it went away while nobody asked it anything.
  virtual void look_after() {}
  /// Whether it can't be reached any more, so that no further turn can be taken.
  [[nodiscard]] virtual bool is_gone() const { return false; }
};

}  // namespace nobounce::bench
