// SPDX-License-Identifier: Apache-2.0
// The directory of a bench: its plan, its log, and what is made of them. A bench that was cut off
// goes on in its directory.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/run_log.h"

namespace nobounce::bench {

struct BenchWish {
  std::filesystem::path directory;
  std::string matrix_text;
  std::string matrix_name;
  std::string kernel = "newest";      ///< Of the guest, as `lab run --kernel` takes it.
  std::optional<std::uint64_t> seed;  ///< Empty: that of the bench to go on with, else `new_seed`.
  std::uint64_t new_seed = 1;
  std::string now;                    ///< UTC, ISO 8601.
  std::vector<std::string> versus{};  ///< In place of the matrix' own; empty: those.
};

/// Makes the directory with a plan, or finds the plan there. Errors: those of the matrix and the
/// files; kInvalidArgument where the directory holds a bench of another matrix or seed, or other
/// things.
Result<Plan> begin_or_resume(const BenchWish& wish);

}  // namespace nobounce::bench
