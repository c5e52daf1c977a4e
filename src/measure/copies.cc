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

void add_cpus(std::vector<CpuCopies>& total, const std::vector<CpuCopies>& part) {
  for (const CpuCopies& one : part) {
    const auto place = std::ranges::lower_bound(total, one.cpu, {}, &CpuCopies::cpu);
    if (place == total.end() || place->cpu != one.cpu) {
      total.insert(place, one);
      continue;
    }
    place->user_bytes += one.user_bytes;
    place->other_bytes = sum(place->other_bytes, one.other_bytes);
    place->instructions = sum(place->instructions, one.instructions);
  }
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
  add_cpus(total.by_cpu, second.by_cpu);
  return total;
}

std::uint64_t user_bytes_of(const Copies& copies, const std::vector<std::uint32_t>& cpus) {
  std::uint64_t bytes = 0;
  for (const CpuCopies& one : copies.by_cpu)
    if (std::ranges::find(cpus, one.cpu) != cpus.end()) bytes += one.user_bytes;
  return bytes;
}

}  // namespace nobounce::measure
