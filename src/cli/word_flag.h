// SPDX-License-Identifier: Apache-2.0
// A flag whose value is one of a few words, each of which means a value of an enumeration.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace nobounce::cli {

/// Sets `to`, which holds the default and must outlive `app`, to what the word given means. Only
/// the words themselves are taken, and they are what the message on any other names.
template <typename Choice>
CLI::Option* add_word_flag(CLI::App& app, const std::string& name, Choice& to,
                           const std::map<std::string, Choice>& words,
                           const std::string& description) {
  const auto take = [&to, words](const std::string& word) { to = words.at(word); };
  // Without its description the check's words stand in the help once, as the type.
  return app.add_option_function<std::string>(name, take, description)
      ->check(CLI::IsMember(words).description(""));
}

}  // namespace nobounce::cli
