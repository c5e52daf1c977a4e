// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/mac_table.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/random.h"

namespace nobounce::emulator::wire {

Mac Mac::read(std::span<const std::byte> bytes) {
  const std::uint64_t high = load_be<std::uint16_t>(bytes.data());
  return {.value = high << 32 | load_be<std::uint32_t>(bytes.data() + 2)};
}

void MacTable::learn(Mac station, std::uint32_t port) {
  ++lessons_;
  Set& set = sets_[set_of(station)];
  auto place = std::ranges::find_if(
      set, [&](const Entry& entry) { return entry.station == station.value && entry.heard != 0; });
  if (place == set.end()) place = std::ranges::min_element(set, {}, &Entry::heard);
  *place = {.station = station.value, .heard = lessons_, .port = port};
}

std::optional<std::uint32_t> MacTable::port_of(Mac station) const {
  for (const Entry& entry : sets_[set_of(station)]) {
    if (entry.station == station.value && entry.heard != 0) return entry.port;
  }
  return std::nullopt;
}

void MacTable::forget(std::uint32_t port) {
  for (Set& set : sets_) {
    for (Entry& entry : set) {
      if (entry.port == port) entry = {};
    }
  }
}

std::size_t MacTable::set_of(Mac station) {
  return mix64(station.value) % kSets;
}

}  // namespace nobounce::emulator::wire
