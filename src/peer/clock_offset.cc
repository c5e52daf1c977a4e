// SPDX-License-Identifier: Apache-2.0
#include "peer/clock_offset.h"

#include <fmt/format.h>

#include <optional>

namespace nobounce::peer {
namespace {

// Year 2116; sums of two such times are far from any overflow.
constexpr std::uint64_t kLatest = std::uint64_t{1} << 62;

std::optional<ClockOffset> reckon(const RoundTrip& trip) {
  for (const std::uint64_t time :
       {trip.sent_here_ns, trip.received_there_ns, trip.sent_there_ns, trip.received_here_ns}) {
    if (time > kLatest) return std::nullopt;
  }
  const auto as_signed = [](std::uint64_t time) { return static_cast<std::int64_t>(time); };
  const std::int64_t here = as_signed(trip.received_here_ns) - as_signed(trip.sent_here_ns);
  const std::int64_t there = as_signed(trip.sent_there_ns) - as_signed(trip.received_there_ns);
  if (here < 0 || there < 0 || there > here) return std::nullopt;
  const std::int64_t out = as_signed(trip.received_there_ns) - as_signed(trip.sent_here_ns);
  const std::int64_t back = as_signed(trip.sent_there_ns) - as_signed(trip.received_here_ns);
  const auto on_the_way = static_cast<std::uint64_t>(here - there);
  // Rounded up: a bound that is half a nanosecond too small is none.
  return ClockOffset{.ahead_ns = out / 2 + back / 2 + (out % 2 + back % 2) / 2,
                     .error_ns = (on_the_way + 1) / 2 + 1,
                     .round_trip_ns = on_the_way};
}

}  // namespace

Figure<ClockOffset> offset_of(std::span<const RoundTrip> round_trips) {
  std::optional<ClockOffset> best;
  for (const RoundTrip& trip : round_trips) {
    const auto one = reckon(trip);
    if (one && (!best || one->round_trip_ns < best->round_trip_ns)) best = one;
  }
  if (best) return *best;
  return NotAvailable{fmt::format("none of {} round trips went forward in time by both clocks",
                                  round_trips.size())};
}

}  // namespace nobounce::peer
