// SPDX-License-Identifier: Apache-2.0
// Hosts: the two between which cells run, as whoever takes the turns sees them: namespaces of the
// lab's guest, or machines of their own.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

#include "base/result.h"

namespace nobounce::bench {

/// In force on either, as read back.
struct BothSettings {
  nlohmann::json sender;
  nlohmann::json receiver;
};

/// Cells are named by their place in the matrix.
class Hosts {
 public:
  virtual ~Hosts() = default;

  /// Sets both as the cell wants them, and sees that they are. Error: what was refused.
  virtual Result<BothSettings> set_up(std::size_t cell) = 0;
  /// One run of a cell that is set up: its figures. One that is traced tells its programs' system
  /// calls as well, which slows it.
  virtual Result<nlohmann::json> run(std::size_t cell, bool is_traced) = 0;
  /// Whether one of them can't be reached any more, so that no further turn can be taken.
  [[nodiscard]] virtual bool are_gone() const { return false; }
};

}  // namespace nobounce::bench
