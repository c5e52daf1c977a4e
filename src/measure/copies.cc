// SPDX-License-Identifier: Apache-2.0
#include "measure/copies.h"

#include <algorithm>

namespace nobounce::measure {
namespace {

// Once a part is missing the whole is.
Figure<std::uint64_t> sum(const Figure<std::uint64_t>& a, const Figure<std::uint64_t>& b) {
  if (!a.is_available()) return a;
  return b.map([&a](std::uint64_t value) { return a.value() + value; });
}

}  // namespace

Copies sum(const Copies& first, const Copies& second) {
  Copies total = first;
  total.user_bytes += second.user_bytes;
  total.other_bytes = sum(first.other_bytes, second.other_bytes);
  total.instructions = sum(first.instructions, second.instructions);
  total.at_end = second.at_end;
  for (const RoutineBytes& routine : second.routines) {
    const auto known = std::ranges::find(total.routines, routine.name, &RoutineBytes::name);
    if (known != total.routines.end()) {
      known->bytes += routine.bytes;
    } else {
      total.routines.push_back(routine);
    }
  }
  return total;
}

}  // namespace nobounce::measure
