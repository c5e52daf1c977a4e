// SPDX-License-Identifier: Apache-2.0
// What the command line takes, as data: read off the parser, so that it can't differ from it.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace nobounce::cli {

struct OptionWords {
  std::vector<std::string> names;  ///< "--path", "-v".
  std::string description;
  bool takes_value = false;
  bool wants_equals = false;         ///< The value may be left out, so it can't stand apart.
  std::vector<std::string> choices;  ///< The values there are; empty: any, perhaps a file.
};

struct CommandWords {
  std::string path;  ///< "lab run"; empty: nobounce itself.
  std::string description;
  std::vector<OptionWords> options;
  std::vector<CommandWords> commands;
};

/// All that `app` takes, its own commands included.
CommandWords describe(const CLI::App& app);

/// `root` and all below it, each before its own commands.
std::vector<const CommandWords*> all_of(const CommandWords& root);

}  // namespace nobounce::cli
