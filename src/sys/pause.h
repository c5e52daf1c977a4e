// SPDX-License-Identifier: Apache-2.0
// A short sleep, for what the kernel has no event for.
#pragma once

namespace nobounce::sys {

/// Sleeps at least so many milliseconds; signals do not cut it short.
void pause_for_ms(int milliseconds);

}  // namespace nobounce::sys
