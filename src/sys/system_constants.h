// SPDX-License-Identifier: Apache-2.0
// Numbers that the running kernel fixes for the life of the process.
#pragma once

#include <cstdint>

namespace nobounce::sys {

std::uint64_t page_size_bytes();
/// The unit of the times in /proc: ticks per second (USER_HZ).
std::uint64_t clock_ticks_per_second();

}  // namespace nobounce::sys
