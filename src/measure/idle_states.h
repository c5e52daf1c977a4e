// SPDX-License-Identifier: Apache-2.0
// How long each CPU was in which idle state (POLL, C1, …), as cpuidle counts it. Source:
// Documentation/admin-guide/pm/cpuidle.rst.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "base/counters.h"
#include "base/result.h"

namespace nobounce::measure {

struct IdleState {
  std::uint64_t time_us = 0;
  std::uint64_t entries = 0;

  static constexpr auto counters() {
    using S = IdleState;
    return std::array<Counter<S>, 2>{{{"time_us", &S::time_us}, {"entries", &S::entries}}};
  }
};

/// By CPU, then by the state's name. Of two moments `growth` gives the residency between them.
using IdleStates = std::map<std::uint32_t, std::map<std::string, IdleState, std::less<>>>;

/// Of every CPU below `root` that has idle states. Errors: kNotFound where none has, as in a guest
/// whose host does the idling.
Result<IdleStates> read_idle_states(const std::string& root = "/sys/devices/system/cpu");

}  // namespace nobounce::measure
