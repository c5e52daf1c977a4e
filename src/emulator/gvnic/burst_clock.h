// SPDX-License-Identifier: Apache-2.0
// BurstClock: the time for frames that come one after the other. A reading costs as much as a sixth
// of a small frame, so one serves a few of them.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace nobounce::emulator::gvnic {

class BurstClock {
 public:
  /// Frames that share a reading: some microseconds at most.
  static constexpr std::uint32_t kFramesAReading = 8;

  /// Holds a reference to its clock, which must outlive it.
  explicit BurstClock(const Clock& clock) : clock_(clock) {}

  /// When the next frame of a burst arrives.
  [[nodiscard]] std::uint64_t frame_ns() {
    if (frames_left_ == 0) {
      frames_left_ = kFramesAReading;
      reading_ns_ = clock_.now_ns();
    }
    --frames_left_;
    return reading_ns_;
  }
  /// The frame after this may come any time later.
  void end_burst() { frames_left_ = 0; }

 private:
  const Clock& clock_;
  std::uint64_t reading_ns_ = 0;
  std::uint32_t frames_left_ = 0;
};

}  // namespace nobounce::emulator::gvnic
