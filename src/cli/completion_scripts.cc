// SPDX-License-Identifier: Apache-2.0
#include "cli/completion_scripts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

namespace nobounce::cli {
namespace {

constexpr std::string_view kHeader =
    "# Written by `nobounce completions {}`; completes commands, options and their fixed values.\n";

std::string last_word(const std::string& path) {
  return path.substr(path.rfind(' ') + 1);
}

/// All words that may come next after the words of `command`.
std::vector<std::string> next_words(const CommandWords& command) {
  std::vector<std::string> words;
  for (const auto& below : command.commands)
    words.push_back(last_word(below.path));
  for (const auto& option : command.options)
    words.insert(words.end(), option.names.begin(), option.names.end());
  return words;
}

/// Arms of a `case "$command $word"` that follow the words down to the command they name; bash's
/// and zsh's alike.
std::string arms_of_commands(const CommandWords& root) {
  std::string arms;
  for (const auto* command : all_of(root)) {
    if (command->path.empty()) continue;
    const auto cut = command->path.rfind(' ');
    const std::string above = cut == std::string::npos ? "" : command->path.substr(0, cut);
    arms += fmt::format("      '{} {}') command='{}' ;;\n", above, last_word(command->path),
                        command->path);
  }
  return arms;
}

/// With `specials` out of the way by a backslash before each.
std::string escaped(std::string_view text, std::string_view specials) {
  std::string result;
  for (const char c : text) {
    if (specials.find(c) != std::string_view::npos) result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

/// As one word of bash or zsh, in single quotes.
std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text)
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/// As one word of fish, in single quotes.
std::string quoted_for_fish(std::string_view text) {
  return "'" + escaped(text, "'\\") + "'";
}

std::string zsh_option(const OptionWords& option, const std::string& name) {
  std::string spec = name;
  if (option.takes_value) spec += option.wants_equals ? "=-" : "=";
  spec += "[" + escaped(option.description, "[]\\") + "]";
  if (option.takes_value) {
    spec += option.wants_equals ? "::value:" : ":value:";
    spec += option.choices.empty() ? "_files" : fmt::format("({})", fmt::join(option.choices, " "));
  }
  return in_quotes(spec);
}

}  // namespace

std::string bash_completions(const CommandWords& root) {
  std::string values;
  std::string words;
  for (const auto* command : all_of(root)) {
    for (const auto& option : command->options) {
      if (!option.takes_value || option.wants_equals) continue;
      std::vector<std::string> patterns;
      for (const auto& name : option.names)
        patterns.push_back(fmt::format("'{}:{}'", command->path, name));
      // Without words bash falls back to files, as `complete -o default` says.
      values += fmt::format("    {}) words='{}' ;;\n", fmt::join(patterns, "|"),
                            fmt::join(option.choices, " "));
    }
    words += fmt::format("    '{}:'*) words='{}' ;;\n", command->path,
                         fmt::join(next_words(*command), " "));
  }
  return fmt::format(kHeader, "bash") + fmt::format(R"(_nobounce() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
  local command='' words='' i
  # `--option=value` comes as three words.
  [ "$current" != '=' ] || current=''
  [ "$previous" != '=' ] || previous=${{COMP_WORDS[COMP_CWORD - 2]}}
  for ((i = 1; i < COMP_CWORD; i++)); do
    [ "${{COMP_WORDS[i]}}" != '--' ] || return 0
    case "$command ${{COMP_WORDS[i]}}" in
{}    esac
  done
  case "$command:$previous" in
{}{}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o default -F _nobounce nobounce
)",
                                                    arms_of_commands(root), values, words);
}

std::string zsh_completions(const CommandWords& root) {
  std::string arms;
  for (const auto* command : all_of(root)) {
    arms += fmt::format("    {}) specs=(\n", in_quotes(command->path));
    for (const auto& option : command->options) {
      for (const auto& name : option.names)
        arms += fmt::format("      {}\n", zsh_option(option, name));
    }
    std::string commands;
    for (const auto& below : command->commands) {
      commands += fmt::format("{}\\:{} ", last_word(below.path),
                              quoted_for_fish(escaped(below.description, "\\:()\"")));
    }
    const std::string rest =
        commands.empty() ? "*:file:_files" : fmt::format("*:command:(({}))", commands);
    arms += fmt::format("      {}) ;;\n", in_quotes(rest));
  }
  return "#compdef nobounce\n" + fmt::format(kHeader, "zsh") +
         fmt::format(R"(_nobounce() {{
  local command='' i
  local -a specs
  for ((i = 2; i < CURRENT; i++)); do
    case "$command ${{words[i]}}" in
{}    esac
  done
  case $command in
{}  esac
  _arguments -S $specs
}}
_nobounce "$@"
)",
                     arms_of_commands(root), arms);
}

std::string fish_completions(const CommandWords& root) {
  std::vector<std::string> names;
  std::string lines;
  for (const auto* command : all_of(root)) {
    if (!command->path.empty()) names.push_back(last_word(command->path));
    const std::string at = fmt::format("complete -c nobounce -n {}",
                                       quoted_for_fish("__nobounce_at " + command->path));
    for (const auto& below : command->commands) {
      lines += fmt::format("{} -f -a {} -d {}\n", at, last_word(below.path),
                           quoted_for_fish(below.description));
    }
    for (const auto& option : command->options) {
      lines += at;
      for (const auto& name : option.names)
        lines += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!option.choices.empty()) {
        lines += fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
      } else if (option.takes_value && !option.wants_equals) {
        lines += " -r";
      }
      lines += fmt::format(" -d {}\n", quoted_for_fish(option.description));
    }
  }
  return fmt::format(kHeader, "fish") + fmt::format(R"(function __nobounce_at
  # True if the commands given so far are those of $argv.
  set -l given
  for word in (commandline -opc)[2..-1]
    if contains -- $word {}
      set -a given $word
    end
  end
  test "$given" = "$argv"
end
{})",
                                                    fmt::join(names, " "), lines);
}

}  // namespace nobounce::cli
