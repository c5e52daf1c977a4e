// SPDX-License-Identifier: Apache-2.0
// Whole hosts, recorded or written by hand from facts, in the folder snapshots.
#pragma once

#include <string>
#include <vector>

#include "host/snapshot.h"

namespace nobounce::host::testing {

/// The text of snapshots/NAME.json.
std::string recorded_text(const std::string& name);
/// The host in it. A snapshot that can't be read fails the test and gives an empty host.
Snapshot recorded_host(const std::string& name);
/// All of them.
const std::vector<std::string>& recorded_names();

}  // namespace nobounce::host::testing
