// SPDX-License-Identifier: Apache-2.0
#include "bench/field.h"

namespace nobounce::bench {

std::optional<Placement> placement_on(const Field& field, Cpus cpus) {
  if (!field.is_two_machines()) return placement_of(cpus, field.cpus);
  const auto sender = cpus_of_own_host(cpus, field.a->cpus);
  const auto receiver = cpus_of_own_host(cpus, field.b->cpus);
  if (!sender || !receiver) return std::nullopt;
  return Placement{.sender = *sender, .receiver = *receiver};
}

}  // namespace nobounce::bench
