// SPDX-License-Identifier: Apache-2.0
#include "bench/placement.h"

#include <fmt/ranges.h>

#include <numeric>

namespace nobounce::bench {

unsigned cpus_wanted(Cpus cpus) {
  switch (cpus) {
    case Cpus::kAny:
      return 0;
    case Cpus::kOne:
      return 2;
    case Cpus::kTwo:
      return 4;
  }
  return 0;
}

std::optional<Placement> placement_of(Cpus cpus, unsigned available) {
  if (cpus_wanted(cpus) > available) return std::nullopt;
  if (cpus == Cpus::kOne)
    return Placement{.sender = {.application = {0}, .network = {0}},
                     .receiver = {.application = {1}, .network = {1}}};
  if (cpus == Cpus::kTwo)
    return Placement{.sender = {.application = {0}, .network = {1}},
                     .receiver = {.application = {2}, .network = {3}}};
  std::vector<unsigned> all(available);
  std::iota(all.begin(), all.end(), 0U);
  const HostCpus host{.application = all, .network = all};
  return Placement{.sender = host, .receiver = host};
}

std::string list_of(const std::vector<unsigned>& cpus) {
  return fmt::format("{}", fmt::join(cpus, ","));
}

}  // namespace nobounce::bench
