// SPDX-License-Identifier: Apache-2.0
// Progress: one line on a terminal that says how much has moved, and how fast.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "sys/steady_clock.h"

namespace nobounce::cli {

class Progress {
 public:
  Progress();

  /// False where standard error is no terminal.
  [[nodiscard]] bool is_shown() const { return is_shown_; }
  /// Called often; draws a few times a second. The rate counts from the first call.
  void show(std::uint64_t bytes);
  /// Clears the line.
  void end();

 private:
  sys::SteadyClock clock_;
  bool is_shown_;
  std::optional<Stopwatch> since_start_;
  std::optional<Stopwatch> since_drawn_;
};

}  // namespace nobounce::cli
