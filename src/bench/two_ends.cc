// SPDX-License-Identifier: Apache-2.0
#include "bench/two_ends.h"

#include <fmt/format.h>

#include "bench/cell_commands.h"
#include "bench/engine_result.h"
#include "bench/stream_figures.h"
#include "bench/streams.h"
#include "report/figure_json.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

bool goes_both_ways(const Cell& cell) {
  return cell.shape.direction == Direction::kBoth;
}

std::optional<std::string> what_differs_on(const Cell& cell, const std::vector<json>& a,
                                           const std::vector<json>& b) {
  for (std::size_t pair = 0; pair < a.size(); ++pair) {
    if (auto difference = what_differs(cell, a[pair], b[pair])) return difference;
    if (!goes_both_ways(cell)) continue;
    if (auto difference = what_differs(cell, b[pair], a[pair])) return difference;
  }
  return std::nullopt;
}

/// The moments that host b tells by its own clock, by that of host a; none where nobody knows how
/// the two stand.
void tell_by_clock_of_a(json& received, const json& clock) {
  const Figure<double> ahead = number_in(clock, {"ahead_ns"});
  for (const char* moment : {"began_at_seconds", "ended_at_seconds"}) {
    if (!received.is_object() || !received.contains(moment)) continue;
    if (!ahead.is_available() || !received.at(moment).is_number()) {
      received.erase(moment);
    } else {
      received[moment] = received.at(moment).get<double>() - ahead.value() / 1e9;
    }
  }
}

tl::unexpected<Error> wrong_count(const char* what, std::size_t wanted, std::size_t a,
                                  std::size_t b) {
  return fail({.code = Code::kProtocol,
               .operation = "read",
               .object = what,
               .cause = fmt::format("{} are wanted, and there are {} and {}", wanted, a, b)});
}

}  // namespace

Result<BothSettings> TwoEnds::set_up(std::size_t cell) {
  NB_ASSIGN(std::vector<json> a, a_.set_up(cell));
  NB_ASSIGN(std::vector<json> b, b_.set_up(cell));
  const std::uint64_t pairs = cells_[cell].shape.nic_pairs;
  if (a.size() != pairs || b.size() != pairs)
    return wrong_count("settings of the NICs", pairs, a.size(), b.size());
  if (const auto difference = what_differs_on(cells_[cell], a, b))
    return fail({.code = Code::kUnsupported,
                 .operation = "set-up of",
                 .object = "a cell",
                 .cause = "after it was set, " + *difference});
  return BothSettings{.sender = std::move(a.front()), .receiver = std::move(b.front())};
}

/// All receivers can be reached before the first sender starts, and all senders are connected
/// before the first of them gets its order.
Status TwoEnds::start(std::size_t cell, bool is_traced) {
  const bool both = goes_both_ways(cells_[cell]);
  NB_TRY(b_.start_receivers(cell, is_traced));
  if (both) NB_TRY(a_.start_receivers(cell, is_traced));
  NB_TRY(a_.start_senders(cell, is_traced));
  if (both) {
    NB_TRY(b_.start_senders(cell, is_traced));
    NB_TRY(b_.give_order());
  }
  return a_.give_order();
}

Result<json> TwoEnds::run(std::size_t cell, bool is_traced) {
  const Status started = start(cell, is_traced);
  const auto of_a = started ? a_.finish() : Result<EndFigures>(fail(started.error()));
  if (!of_a) {
    Error error = of_a.error();
    a_.stop();
    b_.look_after();
    // What waited was told by its leaving, as if the user had stopped it.
    if (b_.is_gone() && error.code == Code::kInterrupted)
      error = {.code = Code::kPeerClosed,
               .operation = "run of",
               .object = "a cell",
               .cause = "the peer's agent went away"};
    // A sender that never connected leaves a receiver that waits for ever.
    const std::string said = b_.is_gone() ? std::string() : b_.stop();
    if (!said.empty()) error.cause += fmt::format("; at the peer: {}", said);
    return fail(std::move(error));
  }
  NB_ASSIGN(EndFigures of_b, b_.finish());
  const json clock = b_.clock();
  if (goes_both_ways(cells_[cell])) {
    for (json& received : of_b.received)
      tell_by_clock_of_a(received, clock);
  }
  NB_ASSIGN(json figures, figures_of_run(cells_[cell], *of_a, of_b));
  figures["machines"] = 2;
  if (!clock.is_null()) figures["clock"] = clock;
  return figures;
}

bool TwoEnds::are_gone() const {
  return a_.is_gone() || b_.is_gone();
}

Result<json> TwoEnds::figures_of_run(const Cell& cell, const EndFigures& a,
                                     const EndFigures& b) const {
  const std::vector<Stream> streams = streams_of(cell);
  const std::size_t each_way = streams.size() / (goes_both_ways(cell) ? 2 : 1);
  const std::size_t backward = streams.size() - each_way;
  if (a.sent.size() != each_way || b.received.size() != each_way)
    return wrong_count("figures of the way there", each_way, a.sent.size(), b.received.size());
  if (b.sent.size() != backward || a.received.size() != backward)
    return wrong_count("figures of the way back", backward, b.sent.size(), a.received.size());
  std::vector<StreamRun> runs;
  std::size_t there = 0;
  std::size_t back = 0;
  for (const Stream& stream : streams) {
    const json& sent = stream.backward ? b.sent[back] : a.sent[there];
    const json& received = stream.backward ? a.received[back] : b.received[there];
    ++(stream.backward ? back : there);
    const bool is_ours = cell.engine == Engine::kNobounce;
    if (!sent.is_object() || (is_ours && !received.is_object()))
      return fail({.code = Code::kProtocol,
                   .operation = "read",
                   .object = "figures of a stream",
                   .cause = "one of its ends told nothing"});
    NB_ASSIGN(json figures, is_ours ? figures_of(sent, received) : Result<json>(sent));
    if (!is_ours && received.is_object()) figures["receiver"].update(received);
    runs.push_back({.stream = stream, .figures = std::move(figures)});
  }
  return figures_of_streams(runs);
}

}  // namespace nobounce::bench
