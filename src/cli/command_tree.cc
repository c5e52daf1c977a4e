// SPDX-License-Identifier: Apache-2.0
#include "cli/command_tree.h"

#include <CLI/CLI.hpp>
#include <string_view>

namespace nobounce::cli {
namespace {

/// A fixed set of values stands in the help as the type: CLI11's own "TEXT:{copy,devmem}", or the
/// "pair|switch" that some flags give themselves.
std::vector<std::string> choices_of(std::string_view type) {
  if (type.find('|') != std::string_view::npos) return CLI::detail::split(std::string(type), '|');
  const auto begin = type.find('{');
  const auto end = type.find('}', begin);
  if (begin == std::string_view::npos || end == std::string_view::npos) return {};
  return CLI::detail::split(std::string(type.substr(begin + 1, end - begin - 1)), ',');
}

OptionWords describe(const CLI::Option& option) {
  OptionWords words{.names = {},
                    .description = option.get_description(),
                    .takes_value = option.get_items_expected_max() > 0,
                    .wants_equals = option.get_items_expected_min() == 0,
                    .choices = choices_of(option.get_type_name())};
  for (const auto& name : option.get_lnames())
    words.names.push_back("--" + name);
  for (const auto& name : option.get_snames())
    words.names.push_back("-" + name);
  return words;
}

CommandWords describe(const CLI::App& app, const std::string& path) {
  CommandWords words{
      .path = path, .description = app.get_description(), .options = {}, .commands = {}};
  for (const auto* option : app.get_options()) {
    const bool is_hidden = option->get_group().empty();
    if (option->nonpositional() && !is_hidden) words.options.push_back(describe(*option));
  }
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_group().empty()) continue;  // Hidden from the help as well.
    const std::string& name = command->get_name();
    words.commands.push_back(describe(*command, path.empty() ? name : path + " " + name));
  }
  return words;
}

void add_all(const CommandWords& words, std::vector<const CommandWords*>& to) {
  to.push_back(&words);
  for (const auto& command : words.commands)
    add_all(command, to);
}

}  // namespace

CommandWords describe(const CLI::App& app) {
  return describe(app, "");
}

std::vector<const CommandWords*> all_of(const CommandWords& root) {
  std::vector<const CommandWords*> all;
  add_all(root, all);
  return all;
}

}  // namespace nobounce::cli
