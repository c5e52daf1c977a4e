// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "sys/message_log.h"
#include "sys/steady_clock.h"
#include "transfer/inbound.h"
#include "transfer/interval.h"
#include "transfer/landing.h"
#include "transfer/measuring.h"
#include "transfer/receive_rounds.h"
#include "transfer/region_choice.h"
#include "transfer/region_plan.h"
#include "transfer/transfer.h"
#include "transfer/trust.h"

namespace nobounce::transfer {
namespace {

Status check(const ReceiveOptions& options) {
  if ((options.request_bytes > 0) != (options.answer_bytes > 0) ||
      options.answer_bytes > kMaxAnswerBytes) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "receive",
                 .object = {},
                 .cause = fmt::format("requests have a size, and answers of 1 to {} bytes",
                                      kMaxAnswerBytes),
                 .fix = "give both --request and --answer"});
  }
  const bool is_looked_at = options.verify != Verify::kNone || !options.into.empty();
  if (options.hold_ns > 0 && is_looked_at) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "receive",
                 .object = {},
                 .cause = "what is looked at is held until then, and no longer",
                 .fix = "give --verify none and no --into with --hold"});
  }
  const bool has_own_queue =
      !options.path || *options.path == path::Path::kDevmem || *options.path == path::Path::kZcrx;
  if (options.queue && !has_own_queue) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "receive",
                 .object = {},
                 .cause = fmt::format("path {} takes whatever queue the flow comes on",
                                      path::name_of(*options.path)),
                 .fix = "--path devmem or --path zcrx"});
  }
  return check_tuning(options.tuning, options.path);
}

void take_counts(const path::ReceiveCounts& counts, TransferResult& result) {
  result.bytes = counts.bytes;
  result.frags = counts.frags;
  result.linear_bytes = counts.linear_bytes;
  result.mapped_bytes = counts.mapped_bytes;
  result.staged_bytes = counts.staged_bytes;
  result.kernel_copied_bytes = counts.kernel_copied_bytes;
  result.cq_overflows = counts.cq_overflows;
  result.tokens_outstanding = counts.tokens_outstanding;
}

Result<TransferResult> receive_from_peer(const ReceiveOptions& options, Inbound& inbound,
                                         memory::Region& region, Landing& landing,
                                         Measuring& measuring) {
  const sys::SteadyClock clock;
  Interval interval(clock, region, measuring.instruments(), measuring.copy_counter());
  measuring.watch(inbound.nic());
  if (options.on_listening) options.on_listening(inbound.local());
  NB_ASSIGN(InboundConnection connection, inbound.accept());
  if (measuring.is_on()) {
    inbound.time_syscalls(measuring.syscall_times());
    connection.time_syscalls(measuring.syscall_times());
  }
  if (options.answer_bytes > 0) NB_TRY(connection.send_at_once());
  std::function<Status(std::span<const path::Frag>)> consume;
  if (landing.wants_bytes()) {
    consume = [&landing](std::span<const path::Frag> frags) { return landing.consume(frags); };
  }
  const std::vector<std::byte> answer(options.answer_bytes);
  TransferResult result;
  NB_ASSIGN(
      result.rounds,
      receive_in_rounds({.receiver = connection.receiver(),
                         .interval = interval,
                         .consume = consume,
                         .bytes = options.bytes,
                         .receive_bytes = options.tuning.receive_bytes,
                         .timeout_ms = options.timeout_ms,
                         .on_progress = options.on_progress,
                         .frags_per_receive = measuring.frags_per_receive(),
                         .request_bytes = options.request_bytes,
                         .clock = &clock,
                         .hold_ns = options.hold_ns,
                         .stop_fd = options.stop_fd,
                         .answer = [&] { return connection.answer(answer, options.timeout_ms); }}));
  if (measuring.is_on()) {
    result.measured =
        measuring.result(interval, connection.socket().state(), connection.receiver());
  }
  NB_TRY(connection.accept_what_came());
  take_counts(connection.receiver().counts(), result);
  result.seconds = interval.seconds();
  result.began_ns = interval.began_ns();
  result.ended_ns = interval.ended_ns();
  result.syscalls = connection.socket().syscalls();
  result.syscalls += inbound.syscalls();
  result.cpu_touches = interval.cpu_touches();
  result.cpu = interval.cpu();
  result.host_cpu = interval.host_cpu();
  result.nic = inbound.nic();
  result.take_copies(interval.copies(), measuring.probes_copies());
  return result;
}

}  // namespace

Result<TransferResult> receive(const ReceiveOptions& options) {
  // What can fail without touching the NIC comes first.
  NB_TRY(check(options));
  NB_ASSIGN(const std::uint64_t region_bytes, plan_receive({.path = options.path,
                                                            .bytes = options.bytes,
                                                            .region_size = options.region_size}));
  std::optional<sys::PayloadSink> sink;
  if (!options.into.empty()) {
    NB_ASSIGN(sink, sys::PayloadSink::open(options.into, options.stop_fd));
  }
  Measuring measuring(options.measure, options.stop_fd);
  NB_ASSIGN(const ChosenRegion memory, choose_region(options, region_bytes));
  memory::Region& region = *memory.region;
  const sys::SteadyClock clock;
  Landing landing(region, clock, options.verify, options.pattern_seed, std::move(sink));

  // From here on the NIC is changed; leaving this function in any way puts it back.
  NB_ASSIGN(Inbound inbound, Inbound::open({.listen = options.listen,
                                            .nic = options.nic,
                                            .path = options.path,
                                            .queue = options.queue,
                                            .niov_bytes = options.niov_bytes,
                                            .tuning = options.tuning,
                                            .force = options.force,
                                            .timeout_ms = options.timeout_ms,
                                            .stop_fd = options.stop_fd},
                                           region));
  Choice choice = inbound.choice();
  choice.passed_over.insert(choice.passed_over.end(), memory.passed_over.begin(),
                            memory.passed_over.end());
  if (options.on_choice) options.on_choice(choice, region.provider());
  NB_ASSIGN(TransferResult result, receive_from_peer(options, inbound, region, landing, measuring));

  result.direction = Direction::kReceive;
  result.path = choice.path;
  result.passed_over = std::move(choice.passed_over);
  result.order = std::move(choice.order);
  result.memory = region.provider();
  result.region_bytes = region.size();
  NB_ASSIGN(result.sha256, landing.sha256());
  result.hashing_s = landing.hashing_s();
  result.writing_s = landing.writing_s();
  result.queue = inbound.queue();
  result.nic_changes = inbound.nic_changes();
  NB_TRY(inbound.release());
  // The pattern was seen in the region itself: that is the proof, where one is wanted.
  if (options.verify == Verify::kPattern && !choice.kernel_copies &&
      landed_without_copies(result)) {
    // What came is right, whether or not that can be written down.
    if (const Status kept = remember_proof(result.memory, result.nic); !kept) {
      sys::message_log()->warn("{}", to_string(kept.error()));
    }
  }
  return result;
}

}  // namespace nobounce::transfer
