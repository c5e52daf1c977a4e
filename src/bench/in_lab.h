// SPDX-License-Identifier: Apache-2.0
// The host's half of a bench in the lab: boots one guest, which takes all turns, and writes down
// what only the host knows.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"
#include "bench/run_log.h"
#include "lab/lab.h"

namespace nobounce::bench {

/// Whether no turn of the plan is left.
bool is_finished(const Plan& plan, const std::vector<nlohmann::json>& lines);

/// Takes the turns that are left of the bench in `directory`, if any, in a guest, and
/// says how the guest fared; nothing where no turn was left. Errors: those of the lab, and kIo if
/// the guest's half failed, which has told why on standard error.
Result<std::optional<lab::LabOutcome>> run_bench_in_lab(const std::filesystem::path& directory,
                                                        const Plan& plan,
                                                        const std::filesystem::path& cache,
                                                        const lab::Progress& progress);

}  // namespace nobounce::bench
