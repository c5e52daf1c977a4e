// SPDX-License-Identifier: Apache-2.0
// The guest's half of `nobounce lab transfers`: runs `nobounce recv` on host b and `nobounce send`
// on host a for each case, and puts their results together.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace nobounce::lab {

/// Runs the cases of the JSON file `plan` and writes an array of results to `results`, one object a
/// case; a case that fails has an "error" in place of figures and does not end the others.
Status run_transfers_in_guest(const std::filesystem::path& plan,
                              const std::filesystem::path& results);

}  // namespace nobounce::lab
