// SPDX-License-Identifier: Apache-2.0
// ManualClock: a clock that goes where the test puts it.
#pragma once

#include "base/clock.h"

namespace nobounce {

struct ManualClock final : Clock {
  std::uint64_t ns = 1'000'000'000;

  [[nodiscard]] std::uint64_t now_ns() const override { return ns; }
};

}  // namespace nobounce
