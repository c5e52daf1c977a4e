// SPDX-License-Identifier: Apache-2.0
// A bench's runs as comma-separated values (RFC 4180), for a spreadsheet or a data frame: one line
// a run, so that nobody has to trust our averages.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nobounce::report {

/// The header and one line for each run of each model; a cell without runs has one line with its
/// status and reason. Figures that are missing stay empty.
std::string csv_of_benches(const std::vector<nlohmann::json>& models);

}  // namespace nobounce::report
