// SPDX-License-Identifier: Apache-2.0
// How much memory a bound queue needs so that it never waits for a frag to come back. Pure.
//
// Needed are: what is on its way, twice, since what the application gives back is known to the
// sender only a round trip later; a buffer for every descriptor of the ring; and what the
// application sits on while it works.
#pragma once

#include <cstdint>

namespace nobounce::doctor {

struct Demand {
  std::uint64_t speed_mbit_per_s = 0;
  std::uint64_t round_trip_ns = 0;
  std::uint64_t ring_entries = 0;
  std::uint64_t buffer_bytes = 0;  ///< That one descriptor takes.
  std::uint64_t hold_ns = 0;       ///< How long the application keeps what it received.
};

/// All in bytes; a sum that no memory could hold is the largest number there is.
struct Provisioning {
  std::uint64_t bandwidth_delay = 0;  ///< What is on its way, once.
  std::uint64_t ring = 0;
  std::uint64_t held = 0;
  std::uint64_t needed = 0;
};

Provisioning provision(const Demand& demand);

}  // namespace nobounce::doctor
