// SPDX-License-Identifier: Apache-2.0
// Line: one direction of a wire, from a station into it: the impairments of what that station
// sends, and what of it waits. It knows no other port, and where frames go from it only as a sink.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/random.h"
#include "emulator/net/frame.h"
#include "emulator/net/frame_queue.h"
#include "emulator/wire/flat_frame.h"
#include "emulator/wire/wire.h"

namespace nobounce::emulator::wire {

/// Each frame meets loss, duplication, corruption, reordering, rate and delay, in that order. Holds
/// references to its sink and its statistics; what comes out is for the sink to count.
class Line {
 public:
  Line(std::uint64_t seed, std::size_t queue_bytes, net::FrameSink& out,
       PortStatistics& statistics);

  void set(const Impairments& impairments);
  [[nodiscard]] const Impairments& impairments() const { return impairments_; }

  /// True while a frame that is sent now would come out at once as it is.
  [[nodiscard]] bool is_clear() const { return !is_impaired_ && queue_.is_empty(); }
  void send(const net::Frame& frame, std::uint64_t now_ns);
  void deliver_due(std::uint64_t now_ns);

  [[nodiscard]] bool is_ready(std::uint64_t now_ns) const;
  /// When a frame is due next, or the line becomes ready.
  [[nodiscard]] std::optional<std::uint64_t> next_event_ns(std::uint64_t now_ns) const;

 private:
  /// How long the line has work. Times are exact: what a frame takes is no whole number of
  /// nanoseconds, and the rest counts for the next.
  struct Work {
    std::uint64_t until_ns = 0;
    std::uint64_t rest = 0;  // of a nanosecond, in units of 1 / rate
  };

  bool happens(double probability) { return probability > 0 && random_.chance(probability); }
  void impair(const net::Frame& frame, std::uint64_t now_ns);
  void corrupt_and_pass(const net::Frame& frame, std::uint64_t now_ns);
  void pass(const net::Frame& frame, std::uint64_t now_ns);
  bool hold(const net::Frame& frame, std::uint64_t due_ns);
  [[nodiscard]] Work work_after(const net::Frame& frame, std::uint64_t now_ns) const;
  [[nodiscard]] std::uint64_t draw_delay_ns();
  [[nodiscard]] bool is_busy(std::uint64_t now_ns) const;

  Impairments impairments_;
  bool is_impaired_ = false;
  bool cuts_segments_ = false;  // something happens to segments one by one
  Random random_;
  std::size_t queue_bytes_;
  net::FrameQueue<std::uint64_t> queue_;  // with the time that each is due
  FlatFrame corrupted_;
  Work work_;
  std::uint64_t last_due_ns_ = 0;  // of the newest that waited
  net::FrameSink& out_;
  PortStatistics& statistics_;
};

}  // namespace nobounce::emulator::wire
