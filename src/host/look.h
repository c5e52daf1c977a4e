// SPDX-License-Identifier: Apache-2.0
// look: takes the Snapshot of this host, by asking its kernel.
#pragma once

#include <span>
#include <string>

#include "host/snapshot.h"

namespace nobounce::host {

/// Asks for everything that a Snapshot holds; of NICs, for the interfaces named, in this network
/// namespace. Changes nothing and needs no privilege; what can't be asked says so in its place.
/// Takes some tens of milliseconds, more where a CUDA driver must be loaded.
Snapshot look(std::span<const std::string> interfaces);

}  // namespace nobounce::host
