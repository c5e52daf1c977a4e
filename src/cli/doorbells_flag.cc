// SPDX-License-Identifier: Apache-2.0
#include "cli/doorbells_flag.h"

#include "cli/word_flag.h"

namespace nobounce::cli {

void add_doorbells_flag(CLI::App& app, emulator::gvnic::Doorbells& doorbells) {
  using emulator::gvnic::Doorbells;
  add_word_flag<Doorbells>(app, "--doorbells", doorbells,
                           {{"socket", Doorbells::kSocket}, {"polled", Doorbells::kPolled}},
                           "How guests ring: by messages, or in memory that is looked at")
      ->type_name("socket|polled")
      ->default_str("socket");
}

}  // namespace nobounce::cli
