// SPDX-License-Identifier: Apache-2.0
#include "bench/two_ends.h"

#include <fmt/format.h>

#include "bench/cell_commands.h"
#include "bench/engine_result.h"

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
  const Result<json> sent = started ? sender_.finish() : Result<json>(fail(started.error()));
  if (!sent) {
    // A sender that never connected leaves a receiver that waits for ever.
    Error error = sent.error();
    const std::string said = receiver_.stop();
    if (!said.empty()) error.cause += fmt::format("; receiver: {}", said);
    return fail(std::move(error));
  }
  NB_ASSIGN(const json received, receiver_.finish());
  const bool is_ours = cells_[cell].engine == Engine::kNobounce;
  NB_ASSIGN(json figures, is_ours ? figures_of(*sent, received) : sent);
  figures["machines"] = 2;
  if (json clock = receiver_.clock(); !clock.is_null()) figures["clock"] = std::move(clock);
  return figures;
}

bool TwoEnds::are_gone() const {
  return sender_.is_gone() || receiver_.is_gone();
}

}  // namespace nobounce::bench
