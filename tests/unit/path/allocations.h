// SPDX-License-Identifier: Apache-2.0
// How often this thread has asked operator new for memory: this program replaces it.
#pragma once

#include <cstddef>

namespace nobounce::path {

std::size_t allocations_of_this_thread();

}  // namespace nobounce::path
