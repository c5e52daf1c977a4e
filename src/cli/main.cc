// SPDX-License-Identifier: Apache-2.0
// The command line as a table of contents: parse, set the log level, run what was chosen.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "base/version.h"
#include "cli/bench_command.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/log.h"
#include "cli/report_command.h"

namespace nobounce {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 success; 1 failure; 2 wrong usage; 3 unsupported here (the message names the\n"
    "probe that failed); 4 the data that arrived is not the data expected; 5 timed out; 6 the "
    "peer\n"
    "went away; 7 the lab's guest kernel warned; 130 interrupted.";

int run(int argc, char** argv) {
  CLI::App app{"Moves bytes over TCP between the memories of devices, without the bounce.",
               "nobounce"};
  app.set_version_flag("--version", fmt::format("nobounce {} ({})", version(), git_revision()));
  app.set_help_all_flag("--help-all", "Print the help of all commands");
  app.footer(kFooter);
  app.require_subcommand(1);
  int verbosity = 0;
  app.add_flag("-v,--verbose", verbosity, "Say what is done; twice: every step");

  // Every command adds itself; parsing chooses one of them.
  cli::Chosen chosen;
  cli::add_accelerator_command(app, chosen);
  cli::add_bench_command(app, chosen);
  cli::add_completions_command(app, chosen);
  cli::add_doctor_command(app, chosen);
  cli::add_lab_command(app, chosen);
  cli::add_nic_command(app, chosen);
  cli::add_recv_command(app, chosen);
  cli::add_report_command(app, chosen);
  cli::add_send_command(app, chosen);
  cli::add_setup_command(app, chosen);
  cli::add_trace_calls_command(app, chosen);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::kSuccess : cli::kUsage;
  }
  cli::start_log(verbosity);
  return chosen ? chosen() : cli::kUsage;
}

}  // namespace
}  // namespace nobounce

int main(int argc, char** argv) {
  try {
    return nobounce::run(argc, argv);
  } catch (const std::exception& error) {
    // Only libraries throw here (out of memory, a bug); nothing of ours does on purpose.
    std::fprintf(stderr, "nobounce: internal error: %s\n", error.what());
    return nobounce::cli::kFailure;
  }
}
