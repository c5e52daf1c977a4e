// SPDX-License-Identifier: Apache-2.0
#include "bench/model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "bench/answer.h"
#include "bench/cell.h"
#include "bench/cell_summary.h"
#include "bench/finding.h"
#include "bench/host_facts.h"
#include "bench/measured_summary.h"
#include "bench/not_measured.h"
#include "bench/recommendation.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

/// What the log says of one cell.
struct Seen {
  std::string impossible;
  json settings = {{"not_available", "the cell was never set up"}};
  std::vector<json> runs;  ///< All, in the order of time.
};

std::map<std::size_t, Seen> seen_by_cell(const std::vector<json>& lines) {
  std::map<std::size_t, Seen> seen;
  for (const json& line : lines) {
    const std::string kind = line.value("kind", "");
    if (!line.contains("cell")) continue;
    Seen& cell = seen[line.value("cell", std::size_t{0})];
    if (kind == "impossible") cell.impossible = line.value("reason", "");
    if (kind == "settings")
      cell.settings = {{"sender", line.value("sender", json::object())},
                       {"receiver", line.value("receiver", json::object())}};
    if (kind != "run") continue;
    json run = line;
    run.erase("kind");
    run.erase("cell");
    cell.runs.push_back(std::move(run));
  }
  return seen;
}

std::vector<json> counted(const std::vector<json>& runs) {
  std::vector<json> those;
  for (const json& run : runs) {
    if (!run.value("warm_up", false) && !run.contains("error")) those.push_back(run);
  }
  std::ranges::stable_sort(those, {}, [](const json& run) { return run.value("round", 0U); });
  return those;
}

/// "impossible", "failed", "unfinished" or "measured", and why.
std::pair<std::string, std::string> status_of(const Seen& seen, std::size_t counted_runs,
                                              std::uint64_t wanted) {
  if (!seen.impossible.empty()) return {"impossible", seen.impossible};
  std::string error;
  for (const json& run : seen.runs)
    error = run.contains("error") ? run.value("error", "") : error;
  if (counted_runs >= wanted) return {"measured", ""};
  if (!error.empty()) return {"failed", error};
  return {"unfinished", fmt::format("{} of {} runs were made", counted_runs, wanted)};
}

template <typename T>
void add_if_varying(std::vector<std::string>& words, const std::vector<T>& axis, std::string word) {
  if (axis.size() > 1) words.push_back(std::move(word));
}

/// What tells the cell from others of the same way: the axes that have more than one value.
std::string setting_of(const Cell& cell, const Axes& axes) {
  std::vector<std::string> words;
  add_if_varying(words, axes.gro,
                 cell.gro == Gro::kOff ? "no GRO" : fmt::format("{} GRO", name_of(cell.gro)));
  const auto limit = [](std::uint64_t bytes) {
    return bytes % 1024 == 0 ? fmt::format("{}K", bytes / 1024) : std::to_string(bytes);
  };
  add_if_varying(words, axes.gso_max_bytes, "GSO " + limit(cell.gso_max_bytes));
  add_if_varying(words, axes.gro_max_bytes, "GRO " + limit(cell.gro_max_bytes));
  add_if_varying(words, axes.mtu, fmt::format("MTU {}", cell.mtu));
  add_if_varying(words, axes.cpus,
                 cell.cpus == Cpus::kAny ? std::string("any CPU")
                                         : fmt::format("{} CPU{}", name_of(cell.cpus),
                                                       cell.cpus == Cpus::kOne ? "" : "s"));
  add_if_varying(words, axes.message_bytes, "messages " + limit(cell.message_bytes));
  const auto add_all = [&words](std::vector<std::string> more) {
    words.insert(words.end(), more.begin(), more.end());
  };
  add_all(words_of(cell.shape, axes.shapes));
  add_all(words_of(cell.link, axes.link));
  add_if_varying(words, axes.seconds, fmt::format("{} s", cell.seconds));
  add_if_varying(words, axes.runs, fmt::format("{} run{}", cell.runs, cell.runs == 1 ? "" : "s"));
  if (cell.engine == Engine::kNobounce) {
    add_if_varying(words, axes.tx_memory, "from " + cell.tx_memory);
    add_if_varying(words, axes.rx_memory, "into " + cell.rx_memory);
    add_if_varying(words, axes.pool_bytes, "pool " + limit(cell.pool_bytes));
    add_all(words_of(cell.tuning, axes.engine));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

json last_of(const std::vector<json>& lines, const char* kind) {
  json found;
  for (const json& line : lines) {
    if (line.value("kind", "") == kind) found = line;
  }
  return found;
}

json not_available(const char* why) {
  return {{"not_available", why}};
}

std::uint64_t least_runs(const Matrix& matrix) {
  const std::uint64_t of_axis = std::ranges::min(matrix.axes.runs);
  return of_axis != 0 ? of_axis : matrix.runs;
}

/// Why a run of no cell was traced, where none was.
std::string why_untraced(const Matrix& matrix) {
  if (!matrix.measuring.on) return "the matrix says measure = false";
  if (matrix.warm_ups == 0) return "programs are traced in warm-ups, and the matrix has none";
  return "no warm-up went well, in which alone programs are traced";
}

json head_of(const Plan& plan, const json& session, const json& lab) {
  const Matrix& matrix = plan.matrix;
  json model = {{"schema", kModelSchema}};
  model["nobounce"] = {{"version", session.value("version", json())},
                       {"git_revision", session.value("git_revision", json())}};
  model["bench"] = {
      {"name", matrix.name},
      {"begun", plan.begun},
      {"seed", plan.seed},
      {"runs", least_runs(matrix)},
      {"warm_ups", matrix.warm_ups},
      {"drop_ends", matrix.drop_ends},
      {"seconds", matrix.seconds},
      {"bytes", matrix.bytes},
      {"wire_rate_bits_per_s", matrix.lab.wire_rate_bits_per_s},
      {"roi_exponents", {{"throughput", matrix.roi.throughput}, {"cost", matrix.roi.cost}}},
      {"versus", plan.versus},
      {"matrix", plan.matrix_text},
      {"matrix_name", plan.matrix_name},
      {"kernel", plan.kernel}};
  constexpr const char* kNotRecorded = "the bench has not recorded it";
  const json peer = session.value("peer", json());
  const char* const cut_off = peer.is_object() ? "two machines of their own, no lab"
                                               : "the bench was cut off before the lab had ended";
  model["machine"] = {{"kernel", session.value("kernel", json())},
                      {"cpu", session.value("cpu", json())},
                      {"host_id", session.value("host_id", not_available(kNotRecorded))},
                      {"nic_driver", session.value("nic_driver", not_available(kNotRecorded))},
                      {"cpus", session.value("cpus", json())},
                      {"max_skb_frags", session.value("max_skb_frags", json())},
                      {"sysctls", session.value("sysctls", json::object())},
                      {"qemu", lab.value("qemu", not_available(cut_off))},
                      {"accelerator", lab.value("accelerator", not_available(cut_off))},
                      {"host", lab.value("host", not_available(cut_off))}};
  if (peer.is_object()) {
    model["machine"]["nics"] = session.value("nics", json::array());
    model["machine"]["clock"] = session.value("clock", not_available("it was not asked for"));
    model["machine"]["peer"] = peer;
  }
  model["kernel_warnings"] = lab.value("kernel_warnings", not_available(cut_off));
  return model;
}

}  // namespace

json model_of(const Plan& plan, const std::vector<json>& lines) {
  // A plan whose guest never came up has no session yet.
  json session = last_of(lines, "session");
  if (session.is_null()) session = json::object();
  json lab = last_of(lines, "lab");
  if (lab.is_null()) lab = json::object();
  json model = head_of(plan, session, lab);
  const Field field = field_of(session);
  const std::vector<Cell> cells = expand(plan.matrix);
  const auto seen = seen_by_cell(lines);

  std::vector<Judged> judged;
  for (std::size_t id = 0; id < cells.size(); ++id) {
    const Cell& cell = cells[id];
    const Seen found = seen.contains(id) ? seen.at(id) : Seen{};
    std::vector<json> runs = counted(found.runs);
    const auto [status, reason] = status_of(found, runs.size(), runs_of(cell, plan.matrix));
    json object = {{"id", id},
                   {"way", cell.way()},
                   {"setting", setting_of(cell, plan.matrix.axes)},
                   {"axes", to_json(cell)},
                   {"status", status},
                   {"reason", reason},
                   {"settings", found.settings},
                   {"runs", found.runs}};
    if (!runs.empty()) {
      object.update(summary_of(cell, plan.matrix, field, runs));
      object["traced_syscalls"] = traced_summary_of(found.runs, why_untraced(plan.matrix));
    }
    judged.push_back({.cell = cell, .runs = std::move(runs), .object = object});
    model["cells"].push_back(std::move(object));
  }
  model["verdicts"] = verdicts_on(judged, plan.seed);
  model["recommendation"] =
      recommendation_of(judged, plan.matrix.roi, model.at("machine"), plan.seed);
  model["answer"] = answer_of(model);
  model["findings"] = findings_of(model);
  model["not_measured"] = not_measured_in(model["cells"]);
  return model;
}

Result<json> read_model(const std::filesystem::path& directory) {
  NB_ASSIGN(const Plan plan, read_plan(directory));
  NB_ASSIGN(const RunLog log, RunLog::open(directory));
  return model_of(plan, log.lines());
}

}  // namespace nobounce::bench
