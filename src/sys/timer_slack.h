// SPDX-License-Identifier: Apache-2.0
// How late the kernel may wake a thread that waits with a timeout, so as to wake several at once.
#pragma once

namespace nobounce::sys {

/// Asks for none, for the calling thread and no other; by default it is 50 µs.
void ask_for_exact_timers();

}  // namespace nobounce::sys
