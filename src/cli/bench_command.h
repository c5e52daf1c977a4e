// SPDX-License-Identifier: Apache-2.0
// `nobounce bench`, and its half in the guest.
#pragma once

#include "cli/command.h"

namespace nobounce::cli {

void add_bench_command(CLI::App& app, Chosen& chosen);
/// The half that the guest runs: a command of `lab`, hidden.
void add_bench_in_guest_command(CLI::App& lab, Chosen& chosen);

}  // namespace nobounce::cli
