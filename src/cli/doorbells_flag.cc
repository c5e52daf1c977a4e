// SPDX-License-Identifier: Apache-2.0
#include "cli/doorbells_flag.h"

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace nobounce::cli {

void add_doorbells_flag(CLI::App& app, emulator::gvnic::Doorbells& doorbells) {
  using emulator::gvnic::Doorbells;
  const std::map<std::string, Doorbells> words = {{"socket", Doorbells::kSocket},
                                                  {"polled", Doorbells::kPolled}};
  app.add_option("--doorbells", doorbells,
                 "How guests ring: by messages, or in memory that is looked at")
      ->transform(CLI::CheckedTransformer(words).description(""))
      ->type_name("socket|polled")
      ->default_str("socket");
}

}  // namespace nobounce::cli
