// SPDX-License-Identifier: Apache-2.0
// LowWater: lets the receiver of a fast stream sleep until more has come than a segment.
//
// A receiver that is faster than its stream reads each arrival by itself, with three system calls
// for a few hundred kilobytes. Here it raises SO_RCVLOWAT to what the stream has lately brought in
// 10 ms, so that poll wakes it less often. What that must never cost, and why it does not:
//
// - Progress. The mark is at most what the caller says the pool has room for, and half of the least
//   window that the receive buffer gives; and the kernel wakes a poller itself once the window is
//   shut or the stream has ended.
// - Bytes that somebody waits for. The mark is never more than the caller still wants.
// - Time. A wait for the mark takes at most twice as long as the stream should need for it, and 20
//   ms. If it does not come, the mark goes, and comes back only after a number of reads that grows
//   each time this happens.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "path/wake.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

class LowWater {
 public:
  /// Never waits for more than `max_bytes`, which the queue must have room for at any time.
  LowWater(sys::SocketCalls& socket, const Clock& clock, std::uint64_t max_bytes)
      : socket_(socket), clock_(clock), max_bytes_(max_bytes) {}

  /// To be told of each read, right after it.
  void took(std::uint64_t bytes);
  /// As `wait_for`, of POLLIN; `wanted` is how many bytes the caller has use for, 0 if any.
  /// Errors: as wait_for, those of setsockopt.
  Result<Wake> wait(std::uint64_t wanted, int timeout_ms);

  /// Bytes that a wait waits for; 1: any.
  [[nodiscard]] std::uint64_t mark() const { return mark_; }

 private:
  [[nodiscard]] std::uint64_t choose(std::uint64_t wanted) const;
  [[nodiscard]] std::uint64_t half_window() const;
  [[nodiscard]] int patience_ms(int timeout_ms) const;
  Status set(std::uint64_t mark);

  sys::SocketCalls& socket_;
  const Clock& clock_;
  std::uint64_t max_bytes_;
  std::uint64_t mark_ = 1;          // As the kernel knows it.
  std::uint64_t last_ns_ = 0;       // When the last read was.
  double ns_per_byte_ = 0;          // Of the reads before; the latest weigh most.
  std::uint64_t reads_ = 0;         // Since the mark was missed.
  std::uint64_t reads_needed_ = 8;  // Before it is raised.
};

}  // namespace nobounce::path
