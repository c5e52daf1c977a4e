// SPDX-License-Identifier: Apache-2.0
// `nobounce lab transfers`, which ./run calls, and its half in the guest.
#pragma once

#include "cli/command.h"

namespace nobounce::cli {

void add_transfers_commands(CLI::App& lab, Chosen& chosen);

}  // namespace nobounce::cli
