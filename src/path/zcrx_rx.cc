// SPDX-License-Identifier: Apache-2.0
#include "path/zcrx_rx.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/size.h"

namespace nobounce::path {

Result<std::unique_ptr<ZcrxReceiver>> ZcrxReceiver::open(ZcrxQueue& queue,
                                                         const ZcrxReceiverOptions& options) {
  if (options.socket_fd < 0 || options.max_held_frags == 0) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "open",
                 .object = "a zcrx receiver",
                 .cause = "it needs a socket, and frags to hold",
                 .fix = {}});
  }
  NB_ASSIGN(const std::uint32_t connection, queue.add_connection(options.socket_fd));
  std::unique_ptr<ZcrxReceiver> receiver(
      new ZcrxReceiver(queue, connection, options.max_held_frags));
  NB_TRY(queue.arm(connection));
  NB_TRY(queue.pump().pump());
  return receiver;
}

ZcrxReceiver::ZcrxReceiver(ZcrxQueue& queue, std::uint32_t connection, std::uint32_t max_held_frags)
    : queue_(queue),
      connection_(connection),
      store_(max_held_frags),
      references_(max_held_frags, ZcrxQueue::kNone) {
  counts_.kernel_copied_bytes = queue.statistics().copied_bytes;
  update_counts();
}

const Distribution* ZcrxReceiver::refill_depth() const {
  return &queue_.refill_depth();
}

ZcrxReceiver::~ZcrxReceiver() {
  queue_.remove_connection(connection_);
}

Result<Received> ZcrxReceiver::receive(std::uint64_t max_bytes) {
  if (!give_back_status_) return fail(give_back_status_.error());
  if (store_.free_slots() == 0) return Received{.outcome = ReceiveOutcome::kFull, .batch = {}};
  NB_TRY(queue_.finish_returns());

  const std::uint32_t first = store_.next_slot();
  std::uint64_t bytes = take_pending(max_bytes);
  if (bytes < max_bytes && store_.free_slots() > 0) {
    NB_TRY(queue_.arm(connection_));
    NB_ASSIGN(const std::uint64_t landed, take_from_ring(max_bytes - bytes));
    bytes += landed;
    bytes += take_pending(max_bytes - bytes);
  }

  const FragRange range{.first = first, .count = store_.next_slot() - first};
  counts_.bytes += bytes;
  counts_.frags += range.count;
  counts_.tokens_outstanding += range.count;
  update_counts();
  if (bytes == 0) return outcome_without_data();
  return Received{.outcome = ReceiveOutcome::kData,
                  .batch = FragBatch(*this, range, store_.frags(range), bytes)};
}

std::uint64_t ZcrxReceiver::take_pending(std::uint64_t max_bytes) {
  const ZcrxQueue::Taken taken =
      queue_.take_pending(connection_, max_bytes, store_.free_frags(),
                          std::span(references_).subspan(store_.next_slot()));
  store_.lend(taken.frags);
  parts_on_loan_ += taken.parted;
  return taken.bytes;
}

Result<std::uint64_t> ZcrxReceiver::take_from_ring(std::uint64_t max_bytes) {
  NB_ASSIGN(const ZcrxQueue::Taken taken,
            queue_.take_from_ring(connection_, max_bytes, store_.free_frags()));
  store_.lend(taken.frags);
  return taken.bytes;
}

Result<Received> ZcrxReceiver::outcome_without_data() {
  const ZcrxQueue::Connection& connection = queue_.connection(connection_);
  if (!connection.failure) return fail(connection.failure.error());
  if (const std::uint32_t dropped = queue_.pump().ring().dropped_completions(); dropped > 0) {
    return fail({.code = Code::kExhausted,
                 .operation = "receive",
                 .object = "zcrx completions",
                 .cause = fmt::format("the kernel dropped {} for want of memory", dropped),
                 .fix = {}});
  }
  if (connection.has_ended) return Received{.outcome = ReceiveOutcome::kEndOfStream, .batch = {}};
  if (connection.is_starved) {
    if (queue_.is_dma_buf_) return fail(outside_of_dma_buf());
    NB_TRY(queue_.arm(connection_));
    // Others may have niovs to give back, though we see none: data that they have not asked for.
    if (connection.is_starved && !queue_.is_anything_out() && queue_.open_connections_ == 1) {
      return fail(area_too_small());
    }
  }
  const bool wants_niovs = connection.is_starved || queue_.room() == 0;
  return Received{.outcome = wants_niovs ? ReceiveOutcome::kFull : ReceiveOutcome::kWouldBlock,
                  .batch = {}};
}

// A receiver whose request ended does not wait for what can't come.
Result<Wake> ZcrxReceiver::wait(int timeout_ms) {
  if (queue_.pump().is_stopped()) return wake_of(-ECANCELED);
  NB_TRY(queue_.arm(connection_));
  const ZcrxQueue::Connection& connection = queue_.connection(connection_);
  if (connection.pending.first != ZcrxQueue::kNone || connection.has_ended || !connection.failure) {
    return Wake::kReady;
  }
  // What comes stays in the ring, where `receive` makes frags of it in one step.
  return queue_.pump().await(timeout_ms);
}

Status ZcrxReceiver::give_back(FragRange range) {
  if (parts_on_loan_ == 0) {
    queue_.return_frags(store_.frags(range));
  } else {
    return_one_by_one(range);
  }
  counts_.tokens_outstanding -= range.count;
  store_.release(range);
  Status status = queue_.finish_returns();
  if (!status && give_back_status_) give_back_status_ = status;
  return status;
}

void ZcrxReceiver::return_one_by_one(FragRange range) {
  const std::span<const Frag> frags = store_.frags(range);
  for (std::uint32_t i = 0; i < range.count; ++i) {
    const std::uint32_t part = std::exchange(references_[range.first + i], ZcrxQueue::kNone);
    if (part == ZcrxQueue::kNone) {
      queue_.return_frags(frags.subspan(i, 1));
    } else {
      queue_.return_part(part);
      --parts_on_loan_;
    }
  }
}

// What the kernel copies it tells in shared memory, unless there is nothing to tell: without a NIC
// it copies all, and into a dma-buf it can't.
void ZcrxReceiver::update_counts() {
  const ZcrxQueue::Connection& connection = queue_.connection(connection_);
  counts_.cq_overflows = connection.no_room_ends + queue_.pump().ring().dropped_completions();
  if (!queue_.has_nic_) {
    counts_.kernel_copied_bytes = counts_.bytes;
  } else if (queue_.is_dma_buf_) {
    counts_.kernel_copied_bytes = std::uint64_t{0};
  } else if (queue_.features_.has_events) {
    counts_.kernel_copied_bytes = queue_.refill_.statistics().copied_bytes;
  }
}

Error ZcrxReceiver::outside_of_dma_buf() const {
  return {.code = Code::kUnsupported,
          .operation = "receive",
          .object = "zcrx into a dma-buf",
          .cause = "bytes came that the NIC did not put there, and the kernel can't copy them",
          .fix = "steer the flow to the queue of the area, with header split on"};
}

Error ZcrxReceiver::area_too_small() const {
  return {.code = Code::kExhausted,
          .operation = "receive",
          .object = fmt::format("zcrx into an area of {}", format_size(queue_.area_size())),
          .cause = "the NIC's ring and unread data hold all of it, so a copy finds no room",
          .fix = "a larger region, or a smaller ring (ethtool -G NIC rx N)"};
}

}  // namespace nobounce::path
