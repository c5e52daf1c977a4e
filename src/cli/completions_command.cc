// SPDX-License-Identifier: Apache-2.0
// nobounce completions: what a shell needs to complete nobounce's command lines.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/completion_scripts.h"
#include "cli/exit_code.h"

namespace nobounce::cli {
namespace {

using Writer = std::string (*)(const CommandWords& root);

const std::map<std::string, Writer> kWriters = {
    {"bash", bash_completions}, {"zsh", zsh_completions}, {"fish", fish_completions}};

constexpr const char* kExamples =
    "Packages bring these scripts; for a nobounce that was built by hand:\n"
    "  source <(nobounce completions bash)\n"
    "  nobounce completions zsh > ~/.zsh/completions/_nobounce\n"
    "  nobounce completions fish > ~/.config/fish/completions/nobounce.fish";

}  // namespace

void add_completions_command(CLI::App& app, Chosen& chosen) {
  auto* const command = app.add_subcommand("completions", "Print completions for a shell");
  command->footer(kExamples);
  const auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->final_callback([&app, &chosen, shell] {
    chosen = [&app, shell] {
      fmt::print("{}", kWriters.at(*shell)(describe(app)));
      return kSuccess;
    };
  });
}

}  // namespace nobounce::cli
