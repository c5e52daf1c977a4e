// SPDX-License-Identifier: Apache-2.0
// Completions for shells, each a script that knows every command, option and fixed value.
#pragma once

#include <string>

#include "cli/command_tree.h"

namespace nobounce::cli {

std::string bash_completions(const CommandWords& root);
std::string zsh_completions(const CommandWords& root);
std::string fish_completions(const CommandWords& root);

}  // namespace nobounce::cli
