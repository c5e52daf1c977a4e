// SPDX-License-Identifier: Apache-2.0
// Arrival: what a NIC notes about a frame that it has received, beside the frame.
#pragma once

#include <cstdint>

namespace nobounce::emulator::gvnic {

struct Arrival {
  std::uint32_t rss_hash = 0;
  std::uint64_t time_ns = 0;  ///< By the NIC's clock; 0 where nobody looked at it.
};

}  // namespace nobounce::emulator::gvnic
