// SPDX-License-Identifier: Apache-2.0
// Deadline: what is left of a caller's timeout after waits that ended early.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sys/steady_clock.h"

namespace nobounce::api {

class Deadline {
 public:
  /// 0: at once; negative: never.
  explicit Deadline(int timeout_ms)
      : timeout_ms_(timeout_ms), start_ns_(timeout_ms > 0 ? clock_.now_ns() : 0) {}

  /// In whole milliseconds, rounded up, so that nothing spins in the last one; -1: for ever.
  [[nodiscard]] int left_ms() const {
    if (timeout_ms_ <= 0) return timeout_ms_ < 0 ? -1 : 0;
    const std::uint64_t limit_ns = static_cast<std::uint64_t>(timeout_ms_) * kNsPerMs;
    const std::uint64_t passed_ns = std::min(clock_.now_ns() - start_ns_, limit_ns);
    return static_cast<int>((limit_ns - passed_ns + kNsPerMs - 1) / kNsPerMs);
  }

 private:
  static constexpr std::uint64_t kNsPerMs = 1'000'000;

  sys::SteadyClock clock_;
  int timeout_ms_;
  std::uint64_t start_ns_;
};

}  // namespace nobounce::api
