// SPDX-License-Identifier: Apache-2.0
// Waiting for several file descriptors at once, for loops that are not hot.
#pragma once

#include <poll.h>

#include <chrono>
#include <optional>
#include <span>

#include "base/result.h"

namespace nobounce::sys {

/// poll(2): fills `revents`; entries with a negative fd are ignored. Returns false if `timeout`
/// passed with nothing to report; no timeout waits for ever.
Result<bool> wait_ready(std::span<pollfd> entries,
                        std::optional<std::chrono::milliseconds> timeout);

}  // namespace nobounce::sys
