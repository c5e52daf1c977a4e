// SPDX-License-Identifier: Apache-2.0
// What a bench comes to: which cells are compared with which, and the answer in three sentences.
// Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/cell.h"

namespace nobounce::bench {

/// A cell with what the model says of it.
struct Judged {
  Cell cell;
  std::vector<nlohmann::json> runs;  ///< Those that count.
  nlohmann::json object;
};

/// A list of two groups of verdicts: "against_baseline", each cell with plain sockets (or else the
/// first way) at the same setting; "by_axis", each cell with the one that differs from it in one
/// axis alone, which there has its first value.
nlohmann::json verdicts_on(const std::vector<Judged>& cells, std::uint64_t seed);

/// Three sentences: which way is fastest, which returns most for its CPU, and what to hold against
/// both. From the model's cells and verdicts.
std::vector<std::string> answer_of(const nlohmann::json& model);

}  // namespace nobounce::bench
