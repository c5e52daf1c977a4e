// SPDX-License-Identifier: Apache-2.0
// The answer to DESCRIBE_DEVICE: what a NIC is and which options it offers, as bytes.
// Offered: DQO with raw addressing, ring sizes, jumbo frames, buffer sizes, flow steering, RSS, NIC
// timestamps. Not offered: page lists (QPL) and the older GQI queues.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "emulator/gvnic/gvnic_options.h"

namespace nobounce::emulator::gvnic {

/// At most `available_bytes` of them: it ends before the first option that does not fit.
/// Empty where not even the descriptor fits.
std::vector<std::byte> describe_device(const GvnicOptions& options, std::uint64_t available_bytes);

}  // namespace nobounce::emulator::gvnic
