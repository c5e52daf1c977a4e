// SPDX-License-Identifier: Apache-2.0
// TurnClock: the time of the present turn. All that happens in one turn of the chassis happens at
// one moment, so that the clock is read once, not once a frame; so does all that one event brings.
#pragma once

#include <cstdint>

#include "sys/steady_clock.h"

namespace nobounce::emulator {

/// Not thread-safe: the chassis's thread sets and reads it.
class TurnClock final : public Clock {
 public:
  [[nodiscard]] std::uint64_t now_ns() const override { return now_ns_; }
  /// Begins a turn, or what an event brings.
  void tick() { now_ns_ = clock_.now_ns(); }

 private:
  sys::SteadyClock clock_;
  std::uint64_t now_ns_ = clock_.now_ns();
};

}  // namespace nobounce::emulator
