// SPDX-License-Identifier: Apache-2.0
#include "bench/two_ends.h"

#include <fmt/format.h>

#include "bench/cell_commands.h"
#include "bench/engine_result.h"
#include "bench/stream_figures.h"
#include "bench/streams.h"

namespace nobounce::bench {

using nlohmann::json;

Result<BothSettings> TwoEnds::set_up(std::size_t cell) {
  NB_ASSIGN(json sender, sender_.set_up(cell));
  NB_ASSIGN(json receiver, receiver_.set_up(cell));
  if (const auto difference = what_differs(cells_[cell], sender, receiver))
    return fail({.code = Code::kUnsupported,
                 .operation = "set-up of",
                 .object = "a cell",
                 .cause = "after it was set, " + *difference});
  return BothSettings{.sender = std::move(sender), .receiver = std::move(receiver)};
}

Result<json> TwoEnds::run(std::size_t cell) {
  NB_TRY(receiver_.start(cell));
  const Status started = sender_.start(cell);
  const auto sent = started ? sender_.finish() : Result<std::vector<json>>(fail(started.error()));
  if (!sent) {
    // A sender that never connected leaves a receiver that waits for ever.
    Error error = sent.error();
    const std::string said = receiver_.stop();
    if (!said.empty()) error.cause += fmt::format("; receiver: {}", said);
    return fail(std::move(error));
  }
  NB_ASSIGN(const std::vector<json> received, receiver_.finish());
  NB_ASSIGN(json figures, figures_of_flows(cells_[cell], *sent, received));
  figures["machines"] = 2;
  if (json clock = receiver_.clock(); !clock.is_null()) figures["clock"] = std::move(clock);
  return figures;
}

bool TwoEnds::are_gone() const {
  return sender_.is_gone() || receiver_.is_gone();
}

Result<json> TwoEnds::figures_of_flows(const Cell& cell, const std::vector<json>& sent,
                                       const std::vector<json>& received) {
  const std::vector<Stream> streams = streams_of(cell.shape);
  if (sent.size() != streams.size() || received.size() != streams.size())
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "figures of a cell",
                 .cause = fmt::format("it has {} flows, and there are figures of {} and {}",
                                      streams.size(), sent.size(), received.size())});
  std::vector<StreamRun> runs;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const bool is_ours = cell.engine == Engine::kNobounce;
    NB_ASSIGN(json figures, is_ours ? figures_of(sent[i], received[i]) : Result<json>(sent[i]));
    runs.push_back({.stream = streams[i], .figures = std::move(figures)});
  }
  return figures_of_streams(runs);
}

}  // namespace nobounce::bench
