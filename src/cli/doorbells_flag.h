// SPDX-License-Identifier: Apache-2.0
// --doorbells, the same for every command that makes NICs.
#pragma once

#include "emulator/gvnic/gvnic_options.h"

namespace CLI {
class App;
}

namespace nobounce::cli {

/// `doorbells`, which holds the default, must outlive `app`.
void add_doorbells_flag(CLI::App& app, emulator::gvnic::Doorbells& doorbells);

}  // namespace nobounce::cli
