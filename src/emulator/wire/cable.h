// SPDX-License-Identifier: Apache-2.0
// Cable: joins two frame sinks back to back. What one end takes, the other end's sink gets in the
// same call: no copy, no queue, no delay. What waits, waits in the receiver, within its bound.
#pragma once

#include <array>
#include <cstdint>

#include "emulator/net/frame.h"

namespace nobounce::emulator::wire {

/// Not thread-safe; both sides run in one thread. Neither movable nor copyable: ends are pointed
/// to.
class Cable {
 public:
  Cable() = default;
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;

  /// Where side `side` (0 or 1) sends: frames given to it reach what is plugged in at the other.
  [[nodiscard]] net::FrameSink& end(std::uint32_t side) { return ends_[side]; }
  /// `sink`, which must outlive the cable or be unplugged with nullptr, gets side `side`'s frames.
  void plug(std::uint32_t side, net::FrameSink* sink) { plugged_[side] = sink; }

  /// Frames that nobody took: the other side was unplugged, or answered a frame while it was being
  /// delivered. An answer belongs into the receiver's own turn, else two sides would recurse.
  [[nodiscard]] std::uint64_t dropped_frames() const { return dropped_frames_; }

 private:
  class End final : public net::FrameSink {
   public:
    End(Cable& cable, std::uint32_t other_side) : cable_(cable), other_side_(other_side) {}
    void accept(const net::Frame& frame) override { cable_.carry(frame, other_side_); }

   private:
    Cable& cable_;
    std::uint32_t other_side_;
  };

  void carry(const net::Frame& frame, std::uint32_t to_side);

  std::array<End, 2> ends_ = {End(*this, 1), End(*this, 0)};
  std::array<net::FrameSink*, 2> plugged_{};
  bool is_carrying_ = false;
  std::uint64_t dropped_frames_ = 0;
};

}  // namespace nobounce::emulator::wire
