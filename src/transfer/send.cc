// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "base/latencies.h"
#include "path/wake.h"
#include "sys/readiness.h"
#include "sys/steady_clock.h"
#include "transfer/exchange.h"
#include "transfer/interval.h"
#include "transfer/loading.h"
#include "transfer/measuring.h"
#include "transfer/outbound.h"
#include "transfer/region_choice.h"
#include "transfer/region_plan.h"
#include "transfer/send_rounds.h"
#include "transfer/transfer.h"

namespace nobounce::transfer {
namespace {

Error bad_options(std::string cause, std::string fix) {
  return {.code = Code::kInvalidArgument,
          .operation = "send",
          .object = {},
          .cause = std::move(cause),
          .fix = std::move(fix)};
}

Status check(const SendOptions& options) {
  if (options.from.empty() != options.pattern_seed.has_value()) {
    return fail(bad_options("give either a file or a pattern", "--from FILE or --pattern SEED"));
  }
  if (options.pattern_seed && !options.bytes) {
    return fail(bad_options("a pattern has no end", "--bytes N"));
  }
  if (options.repeat == 0) return fail(bad_options("nothing is sent 0 times", "--repeat 1"));
  if (options.answer_bytes > kMaxAnswerBytes) {
    return fail(bad_options(fmt::format("an answer has at most {} bytes", kMaxAnswerBytes),
                            "a smaller --answer"));
  }
  if (options.repeat > 1 && options.duration_ns > 0) {
    return fail(bad_options("it ends after so many times, or after so long",
                            "give --repeat or --duration"));
  }
  return {};
}

// How many bytes will be loaded, where that is known before reading.
std::optional<std::uint64_t> known_bytes(const SendOptions& options,
                                         const std::optional<sys::PayloadSource>& source) {
  if (!source || !source->size()) return options.bytes;
  return std::min(*source->size(), options.bytes.value_or(*source->size()));
}

// Ends early where the user asks to stop.
Status pause_for(const SendOptions& options) {
  const auto pause =
      std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds(options.pause_ns));
  std::array<pollfd, 1> stop = {{{.fd = options.stop_fd, .events = POLLIN, .revents = 0}}};
  NB_ASSIGN(const bool is_stopped, sys::wait_ready(stop, pause));
  if (is_stopped) NB_TRY(path::wake_of(-ECANCELED));
  return {};
}

/// Who awaits an answer to each request, and keeps how long it took.
class Asking {
 public:
  Asking(Outbound& outbound, const Clock& clock, std::uint64_t answer_bytes)
      : outbound_(outbound), clock_(clock), answer_(answer_bytes) {}

  /// Sends one request and awaits its answer, if there are answers.
  Status ask(const SendRound& round, memory::Extent request) {
    if (answer_.empty()) return send_all(round, request);
    const Stopwatch since_start(clock_);
    NB_TRY(send_all(round, request));
    NB_TRY(outbound_.await_answer(answer_));
    latencies_.add(since_start.elapsed_ns());
    return {};
  }
  [[nodiscard]] std::optional<Latencies> latencies() const {
    return answer_.empty() ? std::nullopt : std::optional(latencies_);
  }

 private:
  Outbound& outbound_;
  const Clock& clock_;
  std::vector<std::byte> answer_;
  Latencies latencies_;
};

// The region's worth as often as was asked: a number of times, or until the time is up.
Status send_repeatedly(const SendOptions& options, const SendRound& round, const Clock& clock,
                       Asking& asking, std::uint64_t loaded) {
  const Stopwatch since_start(clock);
  for (std::uint64_t i = 0;; ++i) {
    const bool by_time = options.duration_ns > 0;
    const bool is_done =
        by_time ? since_start.elapsed_ns() >= options.duration_ns : i == options.repeat;
    if (is_done) return {};
    NB_TRY(asking.ask(round, {.offset = 0, .length = loaded}));
    if (options.pause_ns > 0) NB_TRY(pause_for(options));
  }
}

// Rounds of loading, with the clock stopped, and sending.
Status send_rounds(const SendOptions& options, const SendRound& round, Loading& loading,
                   const Clock& clock, Asking& asking, Interval& interval,
                   std::uint64_t first_loaded, TransferResult& result) {
  std::uint64_t loaded = first_loaded;
  while (loaded > 0) {
    ++result.rounds;
    interval.start();
    NB_TRY(send_repeatedly(options, round, clock, asking, loaded));
    NB_TRY(drain(round));
    interval.stop();
    if (loading.is_at_end()) break;
    NB_ASSIGN(loaded, loading.next());
  }
  return {};
}

// The first region's worth. Nothing is sent of what can't be sent again.
Result<std::uint64_t> load_first(const SendOptions& options, Loading& loading) {
  NB_ASSIGN(const std::uint64_t loaded, loading.next());
  if (options.repeat == 1 && options.duration_ns == 0 && options.answer_bytes == 0) return loaded;
  NB_ASSIGN(const bool fits, loading.ends_here());
  if (fits) return loaded;
  return fail(bad_options(
      "what is sent more than once, or answered, must fit the region",
      "--repeat 1, no --duration and no --answer, or a larger --region-size (at most 1G)"));
}

Result<TransferResult> send_to_peer(const SendOptions& options, const ChosenRegion& memory,
                                    Loading& loading, Measuring& measuring) {
  const sys::SteadyClock clock;
  Interval interval(clock, *memory.region, measuring.instruments(), measuring.copy_counter());
  NB_ASSIGN(const std::uint64_t first_loaded, load_first(options, loading));
  NB_ASSIGN(Outbound outbound, Outbound::open({.peer = options.peer,
                                               .nic = options.nic,
                                               .path = options.path,
                                               .timeout_ms = options.timeout_ms,
                                               .stop_fd = options.stop_fd},
                                              *memory.region));
  Choice choice = outbound.choice();
  choice.passed_over.insert(choice.passed_over.end(), memory.passed_over.begin(),
                            memory.passed_over.end());
  if (options.on_choice) options.on_choice(choice, memory.region->provider());

  measuring.watch(outbound.nic());
  if (measuring.is_on()) outbound.time_syscalls(measuring.syscall_times());
  const SendRound round{.sender = outbound.sender(),
                        .timeout_ms = options.timeout_ms,
                        .on_progress = options.on_progress};
  if (options.answer_bytes > 0) NB_TRY(outbound.send_at_once());
  if (options.on_ready) NB_TRY(options.on_ready());
  Asking asking(outbound, clock, options.answer_bytes);
  TransferResult result;
  NB_TRY(send_rounds(options, round, loading, clock, asking, interval, first_loaded, result));
  result.latencies = asking.latencies();
  result.syscalls = outbound.syscalls();
  NB_TRY(outbound.finish());
  if (measuring.is_on()) result.measured = measuring.result(interval, outbound.tcp_state());

  const path::SendCounts& counts = outbound.sender().counts();
  result.path = choice.path;
  result.passed_over = std::move(choice.passed_over);
  result.order = std::move(choice.order);
  result.nic = outbound.nic();
  result.bytes = counts.bytes;
  result.sends_copied = counts.sends_copied;
  result.sends_degraded = counts.sends_degraded;
  result.staged_bytes = counts.staged_bytes;
  result.seconds = interval.seconds();
  result.began_ns = interval.began_ns();
  result.ended_ns = interval.ended_ns();
  result.cpu_touches = interval.cpu_touches();
  result.cpu = interval.cpu();
  result.host_cpu = interval.host_cpu();
  result.take_copies(interval.copies(), measuring.probes_copies());
  return result;
}

}  // namespace

Result<TransferResult> send(const SendOptions& options) {
  NB_TRY(check(options));
  std::optional<sys::PayloadSource> source;
  if (!options.from.empty()) {
    NB_ASSIGN(source, sys::PayloadSource::open(options.from, options.stop_fd));
  }
  NB_ASSIGN(const std::uint64_t region_bytes, plan_send({.path = options.path,
                                                         .bytes = known_bytes(options, source),
                                                         .region_size = options.region_size}));
  Measuring measuring(options.measure, options.stop_fd);
  NB_ASSIGN(const ChosenRegion memory, choose_region(options, region_bytes));
  memory::Region& region = *memory.region;
  const sys::SteadyClock clock;
  Loading loading = source ? Loading(region, clock, std::move(*source), options.bytes)
                           : Loading(region, clock, *options.pattern_seed, *options.bytes);
  NB_ASSIGN(TransferResult result, send_to_peer(options, memory, loading, measuring));

  result.direction = Direction::kSend;
  result.memory = region.provider();
  result.region_bytes = region.size();
  result.loading_s = loading.loading_s();
  result.queue = NotAvailable{"a sender has no receive queue"};
  result.kernel_copied_bytes = NotAvailable{"a sender counts sends that were copied"};
  result.sha256 = NotAvailable{"a sender does not read back what it sent"};
  return result;
}

}  // namespace nobounce::transfer
