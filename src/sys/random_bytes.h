// SPDX-License-Identifier: Apache-2.0
// Bytes that nobody can guess, from the kernel; for what need only look random there is
// base/random.h.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"

namespace nobounce::sys {

/// Fills `bytes`; waits where the kernel has just booted and has none yet. Errors: those of
/// getrandom.
Status fill_with_random(std::span<std::byte> bytes);

}  // namespace nobounce::sys
