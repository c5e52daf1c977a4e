// SPDX-License-Identifier: Apache-2.0
// `nobounce lab run` and `nobounce lab shell`, which boot the same guests.
#pragma once

#include "cli/command.h"

namespace nobounce::cli {

void add_lab_run_commands(CLI::App& lab, Chosen& chosen);

}  // namespace nobounce::cli
