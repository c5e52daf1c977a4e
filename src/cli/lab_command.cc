// SPDX-License-Identifier: Apache-2.0
// `nobounce lab`: root, clean, the agent that the guest runs; and where the others join in.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/bench_command.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "cli/lab_messages.h"
#include "cli/lab_run_command.h"
#include "cli/transfers_command.h"
#include "lab/agent.h"
#include "lab/lab.h"
#include "sys/exec_ignoring_ownership.h"

namespace nobounce::cli {
namespace {

constexpr const char* kLabFooter =
    R"(The first start fetches root and kernel, about 500 MB on disk; later ones need no network.
`nobounce lab run --help` shows what the guest looks like.)";

struct RootFlags {
  std::string kernel = "newest";
  bool json = false;
};

int run_root(const RootFlags& flags) {
  const auto cache = lab::Cache::default_directory();
  if (!cache) return report(cache.error());
  const auto prepared = lab::prepare_lab(*cache, flags.kernel, show_progress);
  if (!prepared) return report(prepared.error());
  if (flags.json) {
    fmt::print("{}\n", nlohmann::json{{"schema", 1},
                                      {"root", prepared->root.directory().string()},
                                      {"kernel", prepared->kernel.image.string()},
                                      {"kernel_release", prepared->kernel.release}}
                           .dump(2));
  } else {
    fmt::print("root    {}\nkernel  {} ({})\n", prepared->root.directory().string(),
               prepared->kernel.release, prepared->kernel.image.string());
  }
  return kSuccess;
}

int run_clean() {
  const auto cache = lab::Cache::default_directory();
  if (!cache) return report(cache.error());
  if (const auto cleaned = lab::Cache::clean(*cache); !cleaned) return report(cleaned.error());
  return kSuccess;
}

// Process 1 of the guest must not end: if it does, the kernel panics, and the host shows why.
int run_agent() {
  return report(lab::run_agent().error());
}

// As GuestRoot starts it, in a user namespace.
int run_ignoring_ownership(const std::vector<std::string>& command) {
  return report(sys::exec_ignoring_ownership(command).error());
}

// No group: hidden from --help.
void add_inner_commands(CLI::App& lab, Chosen& chosen) {
  lab.add_subcommand("agent", "Process 1 of the guest")->group("")->callback([&chosen] {
    chosen = run_agent;
  });
  auto command = std::make_shared<std::vector<std::string>>();
  CLI::App* ignoring =
      lab.add_subcommand("ignoring-ownership", "Run a program that cannot give files away")
          ->group("");
  ignoring->add_option("command", *command)->required();
  ignoring->callback(
      [command, &chosen] { chosen = [command] { return run_ignoring_ownership(*command); }; });
}

void add_root(CLI::App& lab, Chosen& chosen) {
  auto flags = std::make_shared<RootFlags>();
  CLI::App* root = lab.add_subcommand("root", "Prepare the guest root, and say where it is");
  root->add_option("--kernel", flags->kernel, "The kernel to prepare; as for run")
      ->capture_default_str();
  root->add_flag("--json", flags->json, "Print JSON");
  root->callback([flags, &chosen] { chosen = [flags] { return run_root(*flags); }; });
}

}  // namespace

void add_lab_command(CLI::App& app, Chosen& chosen) {
  CLI::App* lab =
      app.add_subcommand("lab", "A virtual machine with two hosts and emulated NICs between them");
  lab->footer(kLabFooter);
  lab->require_subcommand(1);
  add_root(*lab, chosen);
  add_lab_run_commands(*lab, chosen);
  add_transfers_commands(*lab, chosen);
  lab->add_subcommand("clean", "Remove the cached guest roots and kernels")->callback([&chosen] {
    chosen = run_clean;
  });
  add_inner_commands(*lab, chosen);
  add_bench_in_guest_command(*lab, chosen);
}

}  // namespace nobounce::cli
