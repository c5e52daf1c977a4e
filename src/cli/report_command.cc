// SPDX-License-Identifier: Apache-2.0
// nobounce report: what benches measured, told again from their directories.
#include "cli/report_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "bench/compare.h"
#include "bench/model.h"
#include "cli/bench_files.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "report/bench_csv.h"
#include "report/bench_html.h"
#include "report/bench_table.h"
#include "sys/synced_file.h"

namespace nobounce::cli {
namespace {

constexpr const char* kFooter =
    R"(A bench that is under way, or was cut off, is told as far as it came.

Examples:
  nobounce report nobounce-bench-20261128-120000
  nobounce report --compare today yesterday
  nobounce report one two --html both.html --csv both.csv)";

struct Flags {
  std::vector<std::string> directories;
  std::vector<std::string> compare;
  std::string html;
  std::string csv;
};

Status tell(const Flags& flags) {
  std::vector<std::string> directories = flags.directories;
  if (directories.empty()) directories = flags.compare;
  std::vector<nlohmann::json> models;
  for (const std::string& directory : directories) {
    NB_ASSIGN(nlohmann::json model, bench::read_model(directory));
    models.push_back(std::move(model));
  }
  nlohmann::json comparison;
  if (!flags.compare.empty()) {
    NB_ASSIGN(const nlohmann::json first, bench::read_model(flags.compare[0]));
    NB_ASSIGN(const nlohmann::json second, bench::read_model(flags.compare[1]));
    comparison = bench::compare(first, flags.compare[0], second, flags.compare[1]);
  }
  for (const nlohmann::json& model : models)
    fmt::print("{}\n", report::text_of_bench(model));
  if (!comparison.is_null()) fmt::print("{}", report::text_of_comparison(comparison));
  if (!flags.csv.empty())
    NB_TRY(sys::replace_synced_file(flags.csv, report::csv_of_benches(models)));
  if (!flags.html.empty())
    NB_TRY(sys::replace_synced_file(flags.html, report::html_of_benches(models, comparison)));
  return {};
}

int run(const Flags& flags) {
  if (flags.directories.empty() && flags.compare.empty()) {
    return report(Error{.code = Code::kInvalidArgument,
                        .operation = "report",
                        .cause = "no bench is named",
                        .fix = "give its directory"});
  }
  const Status told = tell(flags);
  return told ? static_cast<int>(kSuccess) : report(told.error());
}

}  // namespace

void add_report_command(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("report", "Tell again what benches measured");
  command->footer(kFooter);
  command->add_option("directories", flags->directories, "Directories of benches")
      ->type_name("DIR");
  command->add_option("--compare", flags->compare, "Two benches, the first judged by the second")
      ->type_name("A B")
      ->expected(2);
  command->add_option("--html", flags->html, "Write one HTML file with all of them")
      ->type_name("FILE");
  command->add_option("--csv", flags->csv, "Write all runs, one a line")->type_name("FILE");
  command->final_callback([flags, &chosen] { chosen = [flags] { return run(*flags); }; });
}

}  // namespace nobounce::cli
