// SPDX-License-Identifier: Apache-2.0
// The name of a thread, as /proc and top show it.
#pragma once

namespace nobounce::sys {

/// Names the calling thread; the kernel keeps the first 15 bytes.
void name_this_thread(const char* name);

}  // namespace nobounce::sys
