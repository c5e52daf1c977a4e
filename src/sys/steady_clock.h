// SPDX-License-Identifier: Apache-2.0
// SteadyClock: the host's CLOCK_MONOTONIC. Read through the vDSO, so it costs no system call.
#pragma once

#include "base/clock.h"

namespace nobounce::sys {

/// Stateless and thread-safe.
class SteadyClock final : public Clock {
 public:
  [[nodiscard]] std::uint64_t now_ns() const override;
};

}  // namespace nobounce::sys
