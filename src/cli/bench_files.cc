// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_files.h"

#include "bench/model.h"
#include "report/bench_csv.h"
#include "report/bench_html.h"
#include "sys/synced_file.h"

namespace nobounce::cli {

std::string text_of_json(const nlohmann::json& model) {
  return model.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

Status write_json_file(const std::string& file, const nlohmann::json& model) {
  return sys::replace_synced_file(file, text_of_json(model) + "\n");
}

Status write_reports(const std::filesystem::path& directory, const nlohmann::json& model) {
  NB_TRY(write_json_file(directory / bench::kModelFile, model));
  NB_TRY(sys::replace_synced_file(directory / kCsvFile, report::csv_of_benches({model})));
  return sys::replace_synced_file(directory / kHtmlFile, report::html_of_benches({model}, nullptr));
}

}  // namespace nobounce::cli
