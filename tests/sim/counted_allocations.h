// SPDX-License-Identifier: Apache-2.0
// How often this program has allocated: its operator new counts.
#pragma once

#include <cstdint>

namespace nobounce::sim {

[[nodiscard]] std::uint64_t counted_allocations();

}  // namespace nobounce::sim
