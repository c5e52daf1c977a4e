// SPDX-License-Identifier: Apache-2.0
// Matrix files: a matrix in TOML, read strictly; docs/bench.md describes the keys.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/matrix.h"

namespace nobounce::bench {

/// The matrix that `text` describes; `name` is for the messages. Errors, each with line and column:
/// kInvalidArgument for a key that is none, a value that can't be, a matrix without cells or with
/// more than kMostCells; kUnsupported for an axis that is planned but can't be set yet.
Result<Matrix> parse_matrix(std::string_view text, std::string_view name);

/// The text of a matrix file. Errors: those of reading it.
Result<std::string> read_matrix_text(const std::filesystem::path& file);

inline constexpr std::uint64_t kMostCells = 4096;

}  // namespace nobounce::bench
