// SPDX-License-Identifier: Apache-2.0
// How far two hosts' clocks are apart, from the four times of round trips, as NTP reckons it
// (RFC 5905, section 8). Pure.
#pragma once

#include <cstdint>
#include <span>

#include "base/figure.h"

namespace nobounce::peer {

/// One round trip, in nanoseconds since 1970 by the clock of whoever took the time.
struct RoundTrip {
  std::uint64_t sent_here_ns = 0;
  std::uint64_t received_there_ns = 0;
  std::uint64_t sent_there_ns = 0;
  std::uint64_t received_here_ns = 0;
};

struct ClockOffset {
  std::int64_t ahead_ns = 0;   ///< Their clock minus ours.
  std::uint64_t error_ns = 0;  ///< It is off by no more than this, however unlike the two ways are.
  std::uint64_t round_trip_ns = 0;  ///< On the way, there and back.
};

/// From the quickest of the round trips, which bounds the error best. Missing where none is
/// possible: a clock was set meanwhile, or the peer makes its times up.
Figure<ClockOffset> offset_of(std::span<const RoundTrip> round_trips);

}  // namespace nobounce::peer
