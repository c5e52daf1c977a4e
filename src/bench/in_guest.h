// SPDX-License-Identifier: Apache-2.0
// The guest's half of a bench in the lab: takes every turn that is left, between hosts a and b.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace nobounce::bench {

/// Reads the plan in `directory` and writes a line to its log for each thing seen. A cell that
/// fails has an error in place of figures and does not end the others. Errors: those of plan and
/// log; kInvalidArgument if the runs so far were made by another kernel or another nobounce.
Status run_bench_in_guest(const std::filesystem::path& directory);

}  // namespace nobounce::bench
