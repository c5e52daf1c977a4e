// SPDX-License-Identifier: Apache-2.0
// `nobounce report`.
#pragma once

#include "cli/command.h"

namespace nobounce::cli {

void add_report_command(CLI::App& app, Chosen& chosen);

}  // namespace nobounce::cli
