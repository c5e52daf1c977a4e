// SPDX-License-Identifier: Apache-2.0
// How a command joins the command line: it adds its CLI11 subcommand to `app` and, once chosen by
// the parser, leaves in `chosen` the function that does the work and returns the exit code.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace nobounce::cli {

using Chosen = std::function<int()>;

void add_accelerator_command(CLI::App& app, Chosen& chosen);
void add_completions_command(CLI::App& app, Chosen& chosen);
void add_doctor_command(CLI::App& app, Chosen& chosen);
void add_lab_command(CLI::App& app, Chosen& chosen);
void add_nic_command(CLI::App& app, Chosen& chosen);
void add_recv_command(CLI::App& app, Chosen& chosen);
void add_send_command(CLI::App& app, Chosen& chosen);
void add_setup_command(CLI::App& app, Chosen& chosen);
void add_trace_calls_command(CLI::App& app, Chosen& chosen);

}  // namespace nobounce::cli
