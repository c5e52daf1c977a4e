// SPDX-License-Identifier: Apache-2.0
#include "bench/local_end.h"

#include <fmt/format.h>

#include <utility>

#include "bench/engine_result.h"
#include "bench/host_script.h"
#include "bench/patience.h"
#include "bench/peers.h"
#include "bench/region_pages.h"
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

Result<std::vector<json>> LocalEnd::look_at_nics(const Cell& cell) const {
  std::vector<json> settings;
  for (std::uint64_t pair = 0; pair < cell.shape.nic_pairs; ++pair) {
    NB_ASSIGN(const std::string printed, run_here(settings_query(nics().at(pair).name)));
    NB_ASSIGN(json one, settings_in_force(printed));
    settings.push_back(std::move(one));
  }
  return settings;
}

Result<std::vector<json>> LocalEnd::set_up(std::size_t cell) {
  NB_ASSIGN(const Placement placement, placement_for(cell));
  const std::string wanted =
      host_settings(place_.host, cells_[cell], matrix_, placement, place_.lines);
  if (wanted != in_force_) {
    in_force_.clear();
    NB_TRY(run_here(wanted));
    NB_ASSIGN(settings_, look_at_nics(cells_[cell]));
    in_force_ = wanted;
  }
  std::vector<json> settings = settings_;
  const HostCpus& own = place_.host == 'a' ? placement.sender : placement.receiver;
  for (json& of_nic : settings) {
    of_nic["application_on_cpus"] = list_of(own.application);
    if (cells_[cell].engine == Engine::kNobounce)
      of_nic["region_pages"] = as_run_on(field_, cells_[cell]).tuning.region_pages;
  }
  return settings;
}

Status LocalEnd::start_receivers(std::size_t cell, bool is_traced) {
  stop();
  return start(Role::kReceiver, cell, is_traced);
}

Status LocalEnd::start_senders(std::size_t cell, bool is_traced) {
  return start(Role::kSender, cell, is_traced);
}

/// All of them, before the first is waited for.
Status LocalEnd::start(Role role, std::size_t cell, bool is_traced) {
  NB_ASSIGN(const Placement placement, placement_for(cell));
  const bool is_of_another = !receivers_.empty() && cell != running_cell_;
  if (!programs(role).empty() || is_of_another)
    return fail({.code = Code::kInvalidArgument,
                 .operation = "start",
                 .object = fmt::format("cell {}", cell),
                 .cause = "programs of a run are there already"});
  running_cell_ = cell;
  engine_ = cells_[cell].engine;
  const auto started = [&]() -> Status {
    const Cell own = as_run_on(field_, cells_[cell]);
    for (const Stream& stream : streams_of(own)) {
      const char* const host =
          role == Role::kSender ? stream.sender_host() : stream.receiver_host();
      if (*host != place_.host) continue;
      const std::string stem =
          fmt::format("{}/{}{}", place_.directory, role == Role::kSender ? "send" : "recv",
                      programs(role).size());
      NB_ASSIGN(Running running, start_stream(role, stream, own, placement, stem + ".json",
                                              is_traced ? stem + "-calls.json" : std::string()));
      programs(role).push_back(std::move(running));
    }
    for (Running& running : programs(role)) {
      if (!running.ready.empty()) NB_TRY(running.program.wait_for(running.ready));
    }
    return {};
  }();
  if (!started) stop();
  return started;
}

Result<LocalEnd::Running> LocalEnd::start_stream(Role role, const Stream& stream, const Cell& cell,
                                                 const Placement& placement,
                                                 std::string result_file, std::string calls_file) {
  for (const std::string* file : {&result_file, &calls_file}) {
    if (!file->empty()) NB_TRY(sys::remove_file(*file));
  }
  CellCommands commands = commands_of(stream, cell, matrix_, placement,
                                      {.sender = result_file,
                                       .receiver = result_file,
                                       .sender_calls = calls_file,
                                       .receiver_calls = calls_file},
                                      place_.lines);
  const bool sends = role == Role::kSender;
  const std::string order = ready_word(cell);
  NB_ASSIGN(auto program,
            sys::WatchedProgram::start(
                {.name = sends ? "sender" : "receiver",
                 .argv = sends ? std::move(commands.sender) : std::move(commands.receiver),
                 .deadline = sys::WatchedProgram::Clock::now() + patience_for(cell, matrix_),
                 .interrupts = place_.interrupts,
                 .awaits_order = sends && !order.empty(),
                 .unsupported_status = unsupported_status_of(engine_)}));
  return Running{.program = std::move(program),
                 .ready = sends ? order : std::move(commands.receiver_ready),
                 .result_file = std::move(result_file),
                 .calls_file = std::move(calls_file)};
}

Status LocalEnd::give_order() {
  for (Running& running : senders_)
    running.program.give_order();
  return {};
}

Result<EndFigures> LocalEnd::finish() {
  if (senders_.empty() && receivers_.empty())
    return fail({.code = Code::kInvalidArgument,
                 .operation = "wait for",
                 .object = "a run",
                 .cause = "none was started"});
  auto finished = [this]() -> Result<EndFigures> {
    EndFigures figures;
    NB_ASSIGN(figures.sent, finish_all(Role::kSender));
    NB_ASSIGN(figures.received, finish_all(Role::kReceiver));
    return figures;
  }();
  if (!finished) stop();
  senders_.clear();
  receivers_.clear();
  return finished;
}

Result<std::vector<json>> LocalEnd::finish_all(Role role) {
  std::vector<json> results;
  for (Running& running : programs(role)) {
    NB_ASSIGN(json result, result_of(role, running));
    results.push_back(std::move(result));
  }
  return results;
}

/// What the program wrote of the run, once it has ended.
Result<json> LocalEnd::result_of(Role role, Running& running) const {
  NB_ASSIGN(const sys::EndOfProgram end, running.program.finish());
  if (!end.status.success()) return fail(running.program.error_of(end));
  NB_ASSIGN(const json calls, read_traced_calls(running.calls_file));
  if (engine_ == Engine::kNobounce) {
    NB_ASSIGN(json result, read_engine_json(running.result_file));
    if (!calls.is_null()) result["traced_syscalls"] = calls;
    return result;
  }
  // Of a peer's receiver its sender tells the rest.
  if (role == Role::kReceiver) return calls.is_null() ? json() : json{{"traced_syscalls", calls}};
  NB_ASSIGN(const std::string written, sys::read_text_file(running.result_file, kMostPeerBytes));
  NB_ASSIGN(json figures, figures_of_peer(engine_, written));
  if (!calls.is_null()) figures["sender"]["traced_syscalls"] = calls;
  return figures;
}

std::string LocalEnd::stop() {
  for (std::vector<Running>* programs : {&senders_, &receivers_}) {
    for (Running& running : *programs)
      running.program.ask_to_stop();
  }
  std::string said;
  for (std::vector<Running>* programs : {&senders_, &receivers_}) {
    for (Running& running : *programs) {
      const sys::EndOfProgram end = running.program.stop();
      said += fmt::format("{}{} {}: {}", said.empty() ? "" : "; ",
                          programs == &senders_ ? "sender" : "receiver", to_string(end.status),
                          end.said);
    }
    programs->clear();
  }
  return said;
}

}  // namespace nobounce::bench
