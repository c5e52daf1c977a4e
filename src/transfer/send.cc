// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <algorithm>
#include <optional>
#include <utility>

#include "base/size.h"
#include "nic/binding.h"
#include "path/copy_tx.h"
#include "path/devmem_tx.h"
#include "sys/interface_index.h"
#include "sys/steady_clock.h"
#include "sys/tcp_socket.h"
#include "transfer/awaiting.h"
#include "transfer/interval.h"
#include "transfer/loading.h"
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
  if (options.path == path::Path::kDevmem && options.nic.empty()) {
    return fail(bad_options("path devmem needs a NIC", "--nic INTERFACE"));
  }
  if (options.repeat == 0) return fail(bad_options("nothing is sent 0 times", "--repeat 1"));
  return {};
}

// How many bytes will be loaded, where that is known before reading.
std::optional<std::uint64_t> known_bytes(const SendOptions& options,
                                         const std::optional<sys::PayloadSource>& source) {
  if (!source || !source->size()) return options.bytes;
  return std::min(*source->size(), options.bytes.value_or(*source->size()));
}

// Waits until the peer's kernel has all of the stream. TCP has no event for that, so it is asked
// every millisecond; the transfer's time has been taken before.
Status await_acknowledgement(sys::TcpSocket& socket, const Clock& clock, int timeout_ms) {
  std::uint64_t before = 0;
  std::optional<Stopwatch> silence;
  while (true) {
    NB_ASSIGN(const std::uint64_t left, socket.unacknowledged_bytes());
    if (left == 0) return {};
    if (left != before || !silence) silence.emplace(clock);
    before = left;
    if (timeout_ms >= 0 && silence->elapsed_s() * 1e3 > timeout_ms) {
      return fail(nothing_moved("send", timeout_ms));
    }
    NB_ASSIGN(const path::Wake wake, path::wait_for(socket, 0, 1));
    const int pending = wake == path::Wake::kReady ? socket.pending_error() : 0;
    if (pending != 0) {
      Error error = error_from_errno(pending, "send", "the connection");
      error.cause = fmt::format("{} bytes were never acknowledged", left);
      return fail(std::move(error));
    }
  }
}

Result<std::unique_ptr<path::Sender>> open_sender(sys::SocketCalls& socket, memory::Region& region,
                                                  const std::optional<nic::TxBinding>& binding) {
  if (binding) {
    return path::DevmemSender::open(socket, {.dma_buf_id = binding->dma_buf_id()});
  }
  return path::CopySender::open(socket, region);
}

// Rounds of loading, with the clock stopped, and sending.
Status send_rounds(const SendOptions& options, const SendRound& round, Loading& loading,
                   Interval& interval, std::uint64_t first_loaded, TransferResult& result) {
  std::uint64_t loaded = first_loaded;
  while (loaded > 0) {
    ++result.rounds;
    interval.start();
    for (std::uint64_t i = 0; i < options.repeat; ++i)
      NB_TRY(send_all(round, {.offset = 0, .length = loaded}));
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
  if (options.repeat == 1) return loaded;
  NB_ASSIGN(const bool fits, loading.ends_here());
  if (fits) return loaded;
  return fail(bad_options("what is sent more than once must fit the region",
                          "--repeat 1, or a larger --region-size (at most 1G)"));
}

Result<TransferResult> send_to_peer(const SendOptions& options, memory::Region& region,
                                    Loading& loading,
                                    const std::optional<nic::TxBinding>& binding) {
  const sys::SteadyClock clock;
  Interval interval(clock);
  NB_ASSIGN(const std::uint64_t first_loaded, load_first(options, loading));
  // The wire carries payload only: a stream that is cut off must not look like one that ended.
  NB_ASSIGN(sys::TcpSocket socket,
            sys::TcpSocket::connect(options.peer, {.interface = options.nic,
                                                   .stop_fd = options.stop_fd,
                                                   .timeout_ms = options.timeout_ms,
                                                   .reset_on_close = true}));
  NB_ASSIGN(const auto sender, open_sender(socket, region, binding));
  const SendRound round{
      .sender = *sender, .timeout_ms = options.timeout_ms, .on_progress = options.on_progress};
  TransferResult result;
  NB_TRY(send_rounds(options, round, loading, interval, first_loaded, result));
  NB_TRY(socket.shut_down_sending());
  result.syscalls = socket.syscalls();
  NB_TRY(await_acknowledgement(socket, clock, options.timeout_ms));
  NB_TRY(socket.set_reset_on_close(false));

  result.bytes = sender->counts().bytes;
  result.sends_copied = sender->counts().sends_copied;
  result.seconds = interval.seconds();
  result.cpu = interval.cpu();
  result.host_cpu = interval.host_cpu();
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
  NB_ASSIGN(const auto region, options.open_region(options.memory, {.size = region_bytes}));
  const sys::SteadyClock clock;
  Loading loading = source ? Loading(*region, clock, std::move(*source), options.bytes)
                           : Loading(*region, clock, *options.pattern_seed, *options.bytes);

  std::optional<nic::TxBinding> binding;
  if (options.path == path::Path::kDevmem) {
    NB_ASSIGN(const int ifindex, sys::interface_index(options.nic));
    NB_ASSIGN(const int dma_buf_fd, region->dma_buf_fd());
    NB_ASSIGN(binding, nic::TxBinding::bind(ifindex, dma_buf_fd));
  }
  NB_ASSIGN(TransferResult result, send_to_peer(options, *region, loading, binding));

  result.direction = Direction::kSend;
  result.path = options.path;
  result.memory = options.memory;
  result.nic = options.nic;
  result.region_bytes = region->size();
  result.loading_s = loading.loading_s();
  result.queue = NotAvailable{"a sender has no receive queue"};
  result.sha256 = NotAvailable{"a sender does not read back what it sent"};
  return result;
}

}  // namespace nobounce::transfer
