// SPDX-License-Identifier: Apache-2.0
#include "sys/readiness.h"

#include <algorithm>
#include <cerrno>
#include <limits>

namespace nobounce::sys {

Result<bool> wait_ready(std::span<pollfd> entries,
                        std::optional<std::chrono::milliseconds> timeout) {
  constexpr std::chrono::milliseconds::rep kMost = std::numeric_limits<int>::max();
  const int wait_ms =
      timeout
          ? static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(timeout->count(), 0, kMost))
          : -1;
  const int ready = ::poll(entries.data(), entries.size(), wait_ms);
  if (ready < 0 && errno != EINTR) return fail(error_from_errno(errno, "poll", "descriptors"));
  return ready > 0;
}

}  // namespace nobounce::sys
