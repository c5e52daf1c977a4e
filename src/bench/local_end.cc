// SPDX-License-Identifier: Apache-2.0
#include "bench/local_end.h"

#include <fmt/format.h>

#include "bench/engine_result.h"
#include "bench/host_script.h"
#include "bench/patience.h"
#include "bench/peers.h"
#include "bench/streams.h"
#include "sys/state_file.h"
#include "sys/text_file.h"

namespace nobounce::bench {
using nlohmann::json;

LocalEnd::LocalEnd(LocalPlace place, const Matrix& matrix, const Field& field)
    : place_(std::move(place)), matrix_(matrix), field_(field), cells_(expand(matrix)) {}

Result<Placement> LocalEnd::placement_for(std::size_t cell) const {
  const auto refuse = [cell](std::string cause) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "set-up of",
                 .object = fmt::format("cell {}", cell),
                 .cause = std::move(cause)});
  };
  if (cell >= cells_.size()) return refuse(fmt::format("the matrix has {} cells", cells_.size()));
  if (const auto reason = why_impossible(cells_[cell], field_)) return refuse(*reason);
  return *placement_on(field_, cells_[cell].cpus);
}

Result<json> LocalEnd::set_up(std::size_t cell) {
  NB_ASSIGN(const Placement placement, placement_for(cell));
  const std::string& nic = place_.venue.nic;
  const std::string wanted = sends() ? sender_settings(cells_[cell], placement, nic)
                                     : receiver_settings(cells_[cell], placement, nic);
  if (wanted != in_force_) {
    in_force_.clear();
    NB_TRY(run_here(wanted));
    NB_ASSIGN(const std::string printed, run_here(settings_query(nic)));
    NB_ASSIGN(settings_, settings_in_force(printed));
    in_force_ = wanted;
  }
  json settings = settings_;
  settings["application_on_cpus"] =
      list_of(sends() ? placement.sender.application : placement.receiver.application);
  return settings;
}

std::string LocalEnd::result_file(std::size_t flow) const {
  return fmt::format("{}/{}{}.json", place_.directory, name(), flow);
}

Status LocalEnd::start(std::size_t cell) {
  NB_ASSIGN(const Placement placement, placement_for(cell));
  stop();
  engine_ = cells_[cell].engine;
  Status started = start_flows(as_run_on(field_, cells_[cell]), placement);
  if (!started) stop();
  return started;
}

/// Receivers can all be reached once this returns, and no sender begins before all are connected.
Status LocalEnd::start_flows(const Cell& cell, const Placement& placement) {
  for (std::size_t flow = 0; flow < cell.shape.flows; ++flow)
    NB_TRY(start_flow(flow, cell, placement));
  for (Running& flow : flows_) {
    if (!flow.ready.empty()) NB_TRY(flow.program.wait_for(flow.ready));
  }
  for (Running& flow : flows_)
    flow.program.give_order();
  return {};
}

Status LocalEnd::start_flow(std::size_t flow, const Cell& cell, const Placement& placement) {
  const std::string file = result_file(flow);
  NB_TRY(sys::remove_file(file));
  CellCommands commands = commands_of_flow(flow, cell, matrix_, placement,
                                           {.sender = file, .receiver = file}, place_.venue);
  const std::string order = ready_word(cell.shape);
  NB_ASSIGN(auto program,
            sys::WatchedProgram::start(
                {.name = name(),
                 .argv = sends() ? std::move(commands.sender) : std::move(commands.receiver),
                 .deadline = sys::WatchedProgram::Clock::now() + patience_for(cell, matrix_),
                 .interrupts = place_.interrupts,
                 .awaits_order = sends() && !order.empty(),
                 .unsupported_status = unsupported_status_of(engine_)}));
  flows_.push_back(
      {.program = std::move(program), .ready = sends() ? order : commands.receiver_ready});
  return {};
}

Result<std::vector<json>> LocalEnd::finish() {
  if (flows_.empty())
    return fail({.code = Code::kInvalidArgument,
                 .operation = "wait for",
                 .object = name(),
                 .cause = "none was started"});
  std::vector<json> results;
  for (std::size_t flow = 0; flow < flows_.size(); ++flow) {
    auto result = finish_flow(flow);
    if (!result) {
      stop();
      return fail(std::move(result).error());
    }
    results.push_back(std::move(*result));
  }
  flows_.clear();
  return results;
}

/// What the program wrote of the run.
Result<json> LocalEnd::finish_flow(std::size_t flow) {
  sys::WatchedProgram& program = flows_[flow].program;
  NB_ASSIGN(const sys::EndOfProgram end, program.finish());
  if (!end.status.success()) return fail(program.error_of(end));
  if (engine_ == Engine::kNobounce) return read_engine_json(result_file(flow));
  // Of a peer's receiver its sender tells.
  if (!sends()) return json();
  NB_ASSIGN(const std::string written, sys::read_text_file(result_file(flow)));
  return figures_of_peer(engine_, written);
}

std::string LocalEnd::stop() {
  for (Running& flow : flows_)
    flow.program.ask_to_stop();
  std::string said;
  for (Running& flow : flows_) {
    const sys::EndOfProgram end = flow.program.stop();
    said += fmt::format("{}it {}: {}", said.empty() ? "" : "; ", to_string(end.status), end.said);
  }
  flows_.clear();
  return said;
}

}  // namespace nobounce::bench
