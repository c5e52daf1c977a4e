// SPDX-License-Identifier: Apache-2.0
// RunLog: what a bench has seen so far, one JSON object a line, written as it happens, so that a
// bench that was cut off goes on where it was. And the plan beside it.
//
// Kinds of lines: "session" (who runs, on what), "impossible" (a cell, and why), "settings" (of a
// cell, as read back), "run" (figures, or an error; one that was "cut_off" is made again), "lab"
// (what only the host knows, at the end).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "bench/matrix.h"
#include "sys/append_file.h"

namespace nobounce::bench {

inline constexpr const char* kPlanFile = "plan.json";
inline constexpr const char* kLogFile = "runs.jsonl";

/// What is to be measured. A file, so that the guest reads what the host wrote, and a bench that
/// goes on does what it began.
struct Plan {
  std::string matrix_text;
  std::string matrix_name;        ///< For messages: the file's name, or that of a shipped matrix.
  std::string kernel = "newest";  ///< Of the guest: "newest", or a version.
  std::uint64_t seed = 0;
  std::string begun{};                ///< UTC, ISO 8601.
  std::vector<std::string> versus{};  ///< In place of the matrix' own; empty: those.
  Matrix matrix{};                    ///< Parsed from the text, and `versus` in it.
};

nlohmann::json to_json(const Plan& plan);
/// The matrix that the plan's text describes, with the plan's programs to compare with. Errors:
/// those of parse_matrix; kInvalidArgument for a program that nobody knows.
Result<Matrix> matrix_of(const Plan& plan);
/// Errors: those of reading, kProtocol for a file that is no plan.
Result<Plan> read_plan(const std::filesystem::path& directory);

class RunLog {
 public:
  /// Reads what is there. Errors: those of the file; kProtocol for a line that is no JSON object.
  static Result<RunLog> open(const std::filesystem::path& directory);

  [[nodiscard]] const std::vector<nlohmann::json>& lines() const { return lines_; }
  Status append(nlohmann::json line);

 private:
  RunLog(std::vector<nlohmann::json> lines, sys::AppendFile file)
      : lines_(std::move(lines)), file_(std::move(file)) {}

  std::vector<nlohmann::json> lines_;
  sys::AppendFile file_;
};

/// What is left to do, by what the lines say.
class Progress {
 public:
  explicit Progress(const std::vector<nlohmann::json>& lines);
  void note(const nlohmann::json& line);

  /// Whether the cell needs no turn of this round: it ran, it is impossible, or it has failed as
  /// often as is tried.
  [[nodiscard]] bool is_settled(std::size_t cell, std::uint64_t round) const;

 private:
  std::set<std::pair<std::size_t, std::uint64_t>> ran_;
  std::set<std::size_t> impossible_;
  std::map<std::size_t, unsigned> failures_;  // In a row.
};

/// A cell that failed so often in a row is not tried again.
inline constexpr unsigned kMostFailures = 2;

}  // namespace nobounce::bench
