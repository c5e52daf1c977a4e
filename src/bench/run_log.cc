// SPDX-License-Identifier: Apache-2.0
#include "bench/run_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/matrix_file.h"
#include "bench/peers.h"
#include "sys/text_file.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "nobounce.bench-plan/2";
constexpr std::size_t kMostLogBytes = std::size_t{256} << 20;

tl::unexpected<Error> broken(std::string object, std::string cause) {
  return fail({.code = Code::kProtocol,
               .operation = "read",
               .object = std::move(object),
               .cause = std::move(cause)});
}

}  // namespace

json to_json(const Plan& plan) {
  return {{"schema", kSchema},    {"matrix", plan.matrix_text}, {"matrix_name", plan.matrix_name},
          {"seed", plan.seed},    {"begun", plan.begun},        {"versus", plan.versus},
          {"kernel", plan.kernel}};
}

Result<Matrix> matrix_of(const Plan& plan) {
  NB_ASSIGN(Matrix matrix, parse_matrix(plan.matrix_text, plan.matrix_name));
  if (!plan.versus.empty()) matrix.versus.clear();
  if (plan.versus == std::vector<std::string>{kNoPeers}) return matrix;
  for (const std::string& word : plan.versus) {
    const auto peer = peer_named(word);
    if (!peer)
      return fail({.code = Code::kInvalidArgument,
                   .operation = "compare with",
                   .object = word,
                   .cause = "nobounce does not know it",
                   .fix = fmt::format("take {}", peer_words())});
    if (std::ranges::find(matrix.versus, *peer) == matrix.versus.end())
      matrix.versus.push_back(*peer);
  }
  return matrix;
}

Result<Plan> read_plan(const std::filesystem::path& directory) {
  const std::string path = directory / kPlanFile;
  NB_ASSIGN(const std::string text, sys::read_text_file(path));
  const json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  Plan plan;
  try {
    if (parsed.at("schema") != kSchema) return broken(path, "it is of another schema");
    plan.matrix_text = parsed.at("matrix");
    plan.matrix_name = parsed.at("matrix_name");
    plan.kernel = parsed.value("kernel", plan.kernel);
    plan.seed = parsed.at("seed");
    plan.begun = parsed.at("begun");
    plan.versus = parsed.value("versus", plan.versus);
  } catch (const json::exception& problem) {
    return broken(path, problem.what());
  }
  NB_ASSIGN(plan.matrix, matrix_of(plan));
  return plan;
}

Result<RunLog> RunLog::open(const std::filesystem::path& directory) {
  const std::string path = directory / kLogFile;
  // First: it removes what was cut off.
  NB_ASSIGN(sys::AppendFile file, sys::AppendFile::open(path));
  NB_ASSIGN(const std::string text, sys::read_text_file(path, kMostLogBytes));
  std::vector<json> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    json line = json::parse(std::string_view(text).substr(at, end - at), nullptr,
                            /*allow_exceptions=*/false);
    if (!line.is_object() || !line.contains("kind"))
      return broken(fmt::format("{}, line {}", path, lines.size() + 1), "not a JSON object");
    lines.push_back(std::move(line));
    at = end + 1;
  }
  return RunLog(std::move(lines), std::move(file));
}

Status RunLog::append(json line) {
  NB_TRY(file_.append(line.dump(-1, ' ', false, json::error_handler_t::replace)));
  lines_.push_back(std::move(line));
  return {};
}

Progress::Progress(const std::vector<json>& lines) {
  for (const json& line : lines)
    note(line);
}

void Progress::note(const json& line) {
  const std::string kind = line.value("kind", "");
  const std::size_t cell = line.value("cell", std::size_t{0});
  if (kind == "impossible") impossible_.insert(cell);
  // What ended the bench says nothing of the cell.
  if (kind != "run" || line.value("cut_off", false)) return;
  ran_.emplace(cell, line.value("round", std::uint64_t{0}));
  unsigned& failures = failures_[cell];
  failures = line.contains("error") ? failures + 1 : 0;
}

bool Progress::is_settled(std::size_t cell, std::uint64_t round) const {
  const auto failures = failures_.find(cell);
  return impossible_.contains(cell) || ran_.contains({cell, round}) ||
         (failures != failures_.end() && failures->second >= kMostFailures);
}

}  // namespace nobounce::bench
