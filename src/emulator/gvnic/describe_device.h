// SPDX-License-Identifier: Apache-2.0
// The answer to DESCRIBE_DEVICE: what a NIC is and which options it offers, as bytes.
// Offered: DQO with raw addressing, ring sizes, jumbo frames, buffer sizes, flow steering, RSS.
// Not offered: page lists (QPL), the older GQI queues, NIC timestamps.
#pragma once

#include <cstddef>
#include <vector>

#include "emulator/gvnic/gvnic_options.h"

namespace nobounce::emulator::gvnic {

std::vector<std::byte> describe_device(const GvnicOptions& options);

}  // namespace nobounce::emulator::gvnic
