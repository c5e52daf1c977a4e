// SPDX-License-Identifier: Apache-2.0
// look: takes the Snapshot of this host, by asking its kernel.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/snapshot.h"

namespace nobounce::host {

/// Asks for all that the judges want; of NICs, for the interfaces named, in this network namespace.
/// CUDA is left "not asked". Changes nothing and needs no privilege; what can't be asked says so in
/// its place. Takes some tens of milliseconds.
Snapshot look(std::span<const std::string> interfaces);

/// Asks for CUDA as well, whose driver may take seconds to load.
Snapshot look_thoroughly(std::span<const std::string> interfaces);

/// The interfaces of this network namespace that sit on a device, by their index: no loopback,
/// bridges or tunnels. Errors: those of netlink.
Result<std::vector<std::string>> interfaces_of_devices();

}  // namespace nobounce::host
