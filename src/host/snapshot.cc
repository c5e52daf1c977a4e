// SPDX-License-Identifier: Apache-2.0
#include "host/snapshot.h"

#include <algorithm>

namespace nobounce::host {

const NicFacts* Snapshot::nic(std::string_view interface) const {
  const auto found = std::ranges::find(nics, interface, &NicFacts::interface);
  return found == nics.end() ? nullptr : &*found;
}

const ProviderFacts* Snapshot::provider(std::string_view name) const {
  const auto found = std::ranges::find(memory.providers, name, &ProviderFacts::name);
  return found == memory.providers.end() ? nullptr : &*found;
}

}  // namespace nobounce::host
