// SPDX-License-Identifier: Apache-2.0
// What every --memory takes: the name of a provider, or auto.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <string>

#include "memory/region.h"

namespace nobounce::cli {

/// In the help it stands as a set of choices; "accelerator:3" is taken as well as "accelerator".
inline CLI::Validator memory_name_validator() {
  const std::string names = fmt::format("auto,{}", fmt::join(memory::provider_names(), ","));
  return CLI::Validator(
      [names](std::string& text) {
        if (text == "auto" || memory::is_provider_name(text)) return std::string();
        return fmt::format("{} not in {{{}}}", text, names);
      },
      fmt::format("{{{}}}", names));
}

}  // namespace nobounce::cli
