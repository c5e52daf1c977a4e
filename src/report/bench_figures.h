// SPDX-License-Identifier: Apache-2.0
// Figures of a bench's model in words, the same in every report: what is missing is a dash in a
// table, and its reason stands elsewhere.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/figure.h"

namespace nobounce::report {

/// `decimals` after the point; "–" for a figure that is missing.
std::string words_of(const Figure<double>& figure, int decimals);

/// A mean with the deviation of the averaged runs: "4.12 ± 0.20".
std::string mean_with_deviation(const nlohmann::json& cell, std::initializer_list<const char*> path,
                                int decimals);

/// Figures that few benches have: a column of a table where any cell has one.
struct RareFigure {
  const char* title;
  const char* name;  ///< Of a member of the cell, whose mean is the figure.
  int decimals;
  const char* within = nullptr;  ///< Of the member that has it, where it is not the cell itself.
};
/// Those that some cell of the model has.
std::vector<RareFigure> rare_figures(const nlohmann::json& model);
std::string words_of(const nlohmann::json& cell, const RareFigure& figure);

/// A return on CPU in three digits that count: "1230", "1.23", "0.00123".
std::string roi_words(const Figure<double>& roi);

/// A cell's name: its way, and what tells it from others of that way.
std::string name_of_cell(const nlohmann::json& cell);

/// What stands in the result for a figure that was a text: itself, or "not available: why".
std::string text_or_reason(const nlohmann::json& value);

/// "Against plain sockets", or what stands in for them in a bench without.
std::string_view name_of_baseline(const nlohmann::json& model);

}  // namespace nobounce::report
