// SPDX-License-Identifier: Apache-2.0
#include "bench/local_end.h"

#include <fmt/format.h>

#include "bench/engine_result.h"
#include "bench/host_script.h"
#include "bench/peers.h"
#include "sys/state_file.h"
#include "sys/text_file.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

// Starting two programs, loading a message and draining what is under way, on a bad day.
constexpr std::chrono::seconds kStartPatience{60};
constexpr std::uint64_t kSlowestBytesEachSecond = 10'000'000;

}  // namespace

std::chrono::seconds patience_of(const Matrix& matrix) {
  return kStartPatience +
         std::chrono::seconds(static_cast<long>(3 * matrix.seconds) +
                              static_cast<long>(matrix.bytes / kSlowestBytesEachSecond));
}

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
  const bool sends = place_.role == Role::kSender;
  const std::string& nic = place_.venue.nic;
  const std::string wanted = sends ? sender_settings(cells_[cell], placement, nic)
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
      list_of(sends ? placement.sender.application : placement.receiver.application);
  return settings;
}

std::string LocalEnd::result_file() const {
  return place_.directory + (place_.role == Role::kSender ? "/send.json" : "/recv.json");
}

Status LocalEnd::start(std::size_t cell) {
  NB_ASSIGN(const Placement placement, placement_for(cell));
  stop();
  NB_TRY(sys::remove_file(result_file()));
  const bool sends = place_.role == Role::kSender;
  const CellCommands commands =
      commands_for(as_run_on(field_, cells_[cell]), matrix_, placement,
                   {.sender = result_file(), .receiver = result_file()}, place_.venue);
  engine_ = cells_[cell].engine;
  NB_ASSIGN(program_, sys::WatchedProgram::start(
                          {.name = sends ? "sender" : "receiver",
                           .argv = sends ? commands.sender : commands.receiver,
                           .deadline = sys::WatchedProgram::Clock::now() + patience_of(matrix_),
                           .interrupts = place_.interrupts}));
  if (sends) return {};
  Status ready = program_->wait_for(commands.receiver_ready);
  if (!ready) stop();
  return ready;
}

Result<json> LocalEnd::finish() {
  const std::string name = place_.role == Role::kSender ? "sender" : "receiver";
  if (!program_)
    return fail({.code = Code::kInvalidArgument,
                 .operation = "wait for",
                 .object = name,
                 .cause = "none was started"});
  const auto end = program_->finish();
  if (!end) {
    stop();
    return fail(end.error());
  }
  program_.reset();
  if (!end->status.success()) return fail(sys::error_of_program(name, *end));
  if (engine_ == Engine::kNobounce) return read_engine_json(result_file());
  // Of a peer's receiver its sender tells.
  if (place_.role == Role::kReceiver) return json();
  NB_ASSIGN(const std::string written, sys::read_text_file(result_file()));
  return figures_of_peer(engine_, written);
}

std::string LocalEnd::stop() {
  if (!program_) return {};
  const sys::EndOfProgram end = program_->stop();
  program_.reset();
  return fmt::format("it {}: {}", to_string(end.status), end.said);
}

}  // namespace nobounce::bench
