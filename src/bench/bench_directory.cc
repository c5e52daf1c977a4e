// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_directory.h"

#include <fmt/format.h>

#include "sys/synced_file.h"

namespace nobounce::bench {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> refuse(const fs::path& directory, std::string cause) {
  return fail({.code = Code::kInvalidArgument,
               .operation = "bench in",
               .object = directory.string(),
               .cause = std::move(cause),
               .fix = "name another directory with --out"});
}

}  // namespace

Result<Plan> begin_or_resume(const BenchWish& wish) {
  std::error_code code;
  if (fs::exists(wish.directory / kPlanFile, code)) {
    NB_ASSIGN(Plan plan, read_plan(wish.directory));
    if (plan.matrix_text != wish.matrix_text)
      return refuse(wish.directory, "it holds a bench of another matrix");
    if (plan.kernel != wish.kernel)
      return refuse(wish.directory, fmt::format("it holds a bench of kernel {}", plan.kernel));
    if (wish.seed && *wish.seed != plan.seed)
      return refuse(wish.directory, fmt::format("it holds a bench with seed {}", plan.seed));
    if (!wish.versus.empty() && wish.versus != plan.versus)
      return refuse(wish.directory, "it holds a bench beside other programs");
    return plan;
  }
  Plan plan{.matrix_text = wish.matrix_text,
            .matrix_name = wish.matrix_name,
            .kernel = wish.kernel,
            .seed = wish.seed.value_or(wish.new_seed),
            .begun = wish.now,
            .versus = wish.versus,
            .matrix = {}};
  NB_ASSIGN(plan.matrix, matrix_of(plan));
  if (fs::exists(wish.directory, code) && !fs::is_empty(wish.directory, code))
    return refuse(wish.directory, "it is not empty, and no bench");
  fs::create_directories(wish.directory, code);
  if (code) return fail(error_from_errno(code.value(), "creation of", wish.directory.string()));
  NB_TRY(sys::replace_synced_file(wish.directory / kPlanFile, to_json(plan).dump(2) + "\n"));
  return plan;
}

}  // namespace nobounce::bench
