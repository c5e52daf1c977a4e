// SPDX-License-Identifier: Apache-2.0
#include "bench/turns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>

#include "bench/peers.h"
#include "bench/schedule.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

/// Of NICs who they are: a link that is just coming up has no speed yet.
json without_what_changes(json value) {
  if (!value.is_array()) return value;
  for (json& nic : value) {
    if (nic.is_object()) nic = {nic.value("interface", json()), nic.value("driver", json())};
  }
  return value;
}

/// Figures of two kernels, of two versions of ours or of two NICs are no series.
Status check_same(const std::vector<json>& lines, const json& session) {
  const auto at = [](const json& line, const char* path) {
    return without_what_changes(line.value(json::json_pointer(path), json()));
  };
  for (const json& line : lines) {
    if (line.value("kind", "") != "session") continue;
    for (const char* name :
         {"kernel", "git_revision", "cpus", "nics", "peer/kernel", "peer/cpus", "peer/nics"}) {
      const std::string path = fmt::format("/{}", name);
      const json before = at(line, path.c_str());
      if (before == at(session, path.c_str())) continue;
      return fail({.code = Code::kInvalidArgument,
                   .operation = "resume",
                   .object = "the bench",
                   .cause = fmt::format("it was begun with {} {}, and now it is {}", name,
                                        before.dump(), at(session, path.c_str()).dump()),
                   .fix = "name another directory with --out"});
    }
  }
  return {};
}

class Runner {
 public:
  Runner(const Plan& plan, RunLog& log, const Field& field, Hosts& hosts)
      : plan_(plan),
        log_(log),
        field_(field),
        hosts_(hosts),
        cells_(expand(plan.matrix)),
        progress_(log.lines()) {
    for (const json& line : log.lines()) {
      const std::string kind = line.value("kind", "");
      if (kind == "settings") has_settings_.insert(line.value("cell", 0U));
      if (kind == "run" && !line.contains("error")) has_run_.insert(line.value("cell", 0U));
    }
  }

  Status run_all() {
    NB_TRY(sort_out());
    const auto turns = schedule(plan_.matrix, plan_.seed);
    for (std::size_t i = 0; i < turns.size(); ++i) {
      if (progress_.is_settled(turns[i].cell, turns[i].round)) continue;
      fmt::print(stderr, "turn {} of {}: {}", i + 1, turns.size(), words_for(turns[i]));
      std::fflush(stderr);
      NB_TRY(take(turns[i]));
    }
    return {};
  }

 private:
  [[nodiscard]] std::string words_for(const Turn& turn) const {
    const Cell& cell = cells_[turn.cell];
    const std::string shape =
        fmt::format("{}", fmt::join(words_of(cell.shape, plan_.matrix.axes.shapes), ", "));
    return fmt::format("{}, GRO {}, GSO {} GRO {} bytes, MTU {}, CPUs {}{}{}{}{}: ", cell.way(),
                       name_of(cell.gro), cell.gso_max_bytes, cell.gro_max_bytes, cell.mtu,
                       name_of(cell.cpus), shape.empty() ? "" : ", ", shape,
                       cell.seconds != 0 ? fmt::format(", {} s", cell.seconds) : "",
                       turn.warm_up ? ", warm-up" : "");
  }

  Status note(json line) {
    progress_.note(line);
    return log_.append(std::move(line));
  }

  Status impossible(std::size_t cell, const std::string& reason) {
    return note({{"kind", "impossible"}, {"cell", cell}, {"reason", reason}});
  }

  /// Cells that can't be run here are told before the first turn.
  Status sort_out() {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      auto reason = why_impossible(cells_[i], field_);
      if (!reason && cells_[i].engine != Engine::kNobounce)
        reason = why_peer_fails(cells_[i].engine, seconds_of(cells_[i], plan_.matrix));
      if (reason && !progress_.is_settled(i, 0)) NB_TRY(impossible(i, *reason));
    }
    return {};
  }

  Status take(const Turn& turn) {
    const bool was_set_before = has_settings_.contains(turn.cell);
    const Status set = set_up(turn.cell);
    if (!set && !ends_the_bench(set.error()) && !was_set_before) {
      fmt::print(stderr, "{}\n", to_string(set.error()));
      return impossible(turn.cell, to_string(set.error()));
    }
    // Where the slowness that it costs is not counted.
    const bool is_traced = turn.warm_up && plan_.matrix.measuring.on;
    const Result<json> figures =
        set ? hosts_.run(turn.cell, is_traced) : Result<json>(fail(set.error()));
    json line = {
        {"kind", "run"}, {"cell", turn.cell}, {"round", turn.round}, {"warm_up", turn.warm_up}};
    if (figures) {
      fmt::print(stderr, "{:.2f} Gbit/s\n", figures->value("gbit_per_s", 0.0));
      line.update(*figures);
      has_run_.insert(turn.cell);
      return note(std::move(line));
    }
    fmt::print(stderr, "{}\n", to_string(figures.error()));
    if (figures.error().code == Code::kInterrupted) return fail(figures.error());
    if (figures.error().code == Code::kUnsupported && !has_run_.contains(turn.cell))
      return impossible(turn.cell, to_string(figures.error()));
    line["error"] = to_string(figures.error());
    const bool is_last = ends_the_bench(figures.error());
    // It says nothing of the cell, whose turn comes again when the bench goes on.
    if (is_last) line["cut_off"] = true;
    NB_TRY(note(std::move(line)));
    if (!is_last) return {};
    return fail({.code = Code::kPeerClosed,
                 .operation = "go on with",
                 .object = "the bench",
                 .cause = "the peer is gone: " + to_string(figures.error()),
                 .fix = "once it is back, give the same command with the same --out"});
  }

  [[nodiscard]] bool ends_the_bench(const Error& error) const {
    return error.code == Code::kInterrupted || hosts_.are_gone();
  }

  /// Sets both hosts as the cell wants them, and writes down what is then in force, once.
  Status set_up(std::size_t cell) {
    NB_ASSIGN(BothSettings settings, hosts_.set_up(cell));
    if (!has_settings_.insert(cell).second) return {};
    return log_.append({{"kind", "settings"},
                        {"cell", cell},
                        {"sender", std::move(settings.sender)},
                        {"receiver", std::move(settings.receiver)}});
  }

  const Plan& plan_;
  RunLog& log_;
  const Field field_;
  Hosts& hosts_;
  const std::vector<Cell> cells_;
  Progress progress_;
  std::set<std::size_t> has_settings_;
  std::set<std::size_t> has_run_;
};

}  // namespace

Status take_turns(const Plan& plan, RunLog& log, json session, const Field& field, Hosts& hosts) {
  NB_TRY(check_same(log.lines(), session));
  NB_TRY(log.append(std::move(session)));
  return Runner(plan, log, field, hosts).run_all();
}

}  // namespace nobounce::bench
