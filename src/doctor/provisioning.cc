// SPDX-License-Identifier: Apache-2.0
#include "doctor/provisioning.h"

#include <limits>

namespace nobounce::doctor {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? kMost : result;
}

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  return __builtin_add_overflow(a, b, &result) ? kMost : result;
}

/// What a link carries in a time: one Mbit/s is one bit a microsecond.
std::uint64_t bytes_in(std::uint64_t mbit_per_s, std::uint64_t ns) {
  constexpr std::uint64_t kNsBitsPerByte = 1000 * 8;
  return product(mbit_per_s, ns) / kNsBitsPerByte;
}

}  // namespace

Provisioning provision(const Demand& demand) {
  Provisioning result{.bandwidth_delay = bytes_in(demand.speed_mbit_per_s, demand.round_trip_ns),
                      .ring = product(demand.ring_entries, demand.buffer_bytes),
                      .held = bytes_in(demand.speed_mbit_per_s, demand.hold_ns),
                      .needed = 0};
  result.needed = sum(sum(product(2, result.bandwidth_delay), result.ring), result.held);
  return result;
}

}  // namespace nobounce::doctor
