// SPDX-License-Identifier: Apache-2.0
// Clock: where code gets its time from, so that a simulation can hand it a time of its own. The
// real one is sys/steady_clock.h.
#pragma once

#include <cstdint>

namespace nobounce {

/// A clock that never goes back. Its zero is arbitrary: only differences mean something.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::uint64_t now_ns() const = 0;
};

/// Measures from its making on. Holds a reference to its clock, which must outlive it.
class Stopwatch {
 public:
  explicit Stopwatch(const Clock& clock) : clock_(clock), start_ns_(clock.now_ns()) {}

  [[nodiscard]] std::uint64_t elapsed_ns() const { return clock_.now_ns() - start_ns_; }
  [[nodiscard]] double elapsed_s() const { return static_cast<double>(elapsed_ns()) / 1e9; }

 private:
  const Clock& clock_;
  std::uint64_t start_ns_;
};

}  // namespace nobounce
