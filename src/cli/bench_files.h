// SPDX-License-Identifier: Apache-2.0
// What the commands bench and report write of a bench.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"

namespace nobounce::cli {

inline constexpr const char* kHtmlFile = "report.html";
inline constexpr const char* kCsvFile = "runs.csv";

/// Indented; bytes of a message that are no UTF-8 replaced.
std::string text_of_json(const nlohmann::json& model);

Status write_json_file(const std::string& file, const nlohmann::json& model);

/// The model, its table of runs and its HTML into the bench's directory.
Status write_reports(const std::filesystem::path& directory, const nlohmann::json& model);

}  // namespace nobounce::cli
