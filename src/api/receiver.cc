// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>

#include "api/boundary.h"
#include "api/deadline.h"
#include "api/handles.h"
#include "api/sized_struct.h"
#include "sys/readiness.h"

namespace nobounce::api {
namespace {

// nb_batch_frags hands out the receiver's own slots, for a copy of each frag would cost more than
// all else that a receive does for it.
static_assert(std::is_standard_layout_v<path::Frag> && std::is_standard_layout_v<nb_frag>);
static_assert(sizeof(path::Frag) == sizeof(nb_frag) && alignof(path::Frag) == alignof(nb_frag));
static_assert(offsetof(path::Frag, region_offset) == offsetof(nb_frag, region_offset));
static_assert(offsetof(path::Frag, length) == offsetof(nb_frag, length));
static_assert(offsetof(path::Frag, linear) == offsetof(nb_frag, host));
static_assert(offsetof(path::Frag, region_index) == offsetof(nb_frag, region_index));

/// Receives, and waits for what has not come yet.
Result<path::Received> receive(path::Receiver& receiver, std::uint64_t max_bytes, int timeout_ms) {
  const Deadline deadline(timeout_ms);
  while (true) {
    NB_ASSIGN(path::Received received, receiver.receive(max_bytes));
    if (received.outcome != path::ReceiveOutcome::kWouldBlock) return received;
    const int left_ms = deadline.left_ms();
    if (left_ms == 0) return received;
    NB_ASSIGN(const path::Wake wake, receiver.wait(left_ms));
    if (wake == path::Wake::kTimeout) return received;
  }
}

nb_outcome outcome_of(path::ReceiveOutcome outcome) {
  switch (outcome) {
    case path::ReceiveOutcome::kData:
      return NB_DATA;
    case path::ReceiveOutcome::kWouldBlock:
      return NB_WOULD_BLOCK;
    case path::ReceiveOutcome::kEndOfStream:
      return NB_END_OF_STREAM;
    case path::ReceiveOutcome::kFull:
      break;
  }
  return NB_FULL;
}

/// A handle for one more batch.
nb_batch& idle_batch(nb_receiver& receiver) {
  if (receiver.idle_batches.empty()) {
    // So that giving back, which must not fail, never allocates.
    receiver.idle_batches.reserve(receiver.batches.size() + 1);
    receiver.batches.push_back(std::make_unique<nb_batch>());
    receiver.batches.back()->owner = &receiver;
    receiver.idle_batches.push_back(receiver.batches.back().get());
  }
  return *receiver.idle_batches.back();
}

Status check_receivers(std::span<nb_receiver* const> receivers) {
  if (receivers.empty()) return fail(bad_argument("nb_wait", "receivers", "there are none"));
  for (const nb_receiver* receiver : receivers) {
    NB_TRY(require("nb_wait", Argument{receiver, "one of receivers"}));
    if (receiver->listening != receivers.front()->listening) {
      return fail(bad_argument("nb_wait", "receivers", "they are not all of one listener"));
    }
  }
  return {};
}

/// Waits for the sockets of several receivers.
Result<bool> wait_for_sockets(std::span<nb_receiver* const> receivers, int timeout_ms) {
  auto& polled = receivers.front()->polled;
  polled.clear();
  for (const nb_receiver* receiver : receivers) {
    polled.push_back({.fd = receiver->connection.socket().fd(), .events = POLLIN, .revents = 0});
  }
  polled.push_back({.fd = receivers.front()->listening->stop_fd, .events = POLLIN, .revents = 0});
  std::optional<std::chrono::milliseconds> limit;
  if (timeout_ms >= 0) limit = std::chrono::milliseconds(timeout_ms);
  NB_ASSIGN(const bool ready, sys::wait_ready(polled, limit));
  if (polled.back().revents == 0) return ready;
  return fail({.code = Code::kInterrupted,
               .operation = "wait for",
               .object = "the streams",
               .cause = "stopped by the user",
               .fix = {}});
}

Result<bool> wait_for_any(std::span<nb_receiver* const> receivers, int timeout_ms) {
  // What comes for any connection of a ring ends the wait of each.
  const bool one_wait_for_all =
      receivers.front()->listening->inbound.choice().path == path::Path::kZcrx;
  if (receivers.size() == 1 || one_wait_for_all) {
    NB_ASSIGN(const path::Wake wake, receivers.front()->connection.receiver().wait(timeout_ms));
    return wake == path::Wake::kReady;
  }
  const Deadline deadline(timeout_ms);
  while (true) {
    NB_ASSIGN(const bool ready, wait_for_sockets(receivers, deadline.left_ms()));
    if (ready || deadline.left_ms() == 0) return ready;
  }
}

nb_receive_counts counts_of(const path::ReceiveCounts& counts) {
  const auto& copied = counts.kernel_copied_bytes;
  return {.struct_size = sizeof(nb_receive_counts),
          .bytes = counts.bytes,
          .frags = counts.frags,
          .linear_bytes = counts.linear_bytes,
          .mapped_bytes = counts.mapped_bytes,
          .staged_bytes = counts.staged_bytes,
          .tokens_outstanding = counts.tokens_outstanding,
          .cq_overflows = counts.cq_overflows,
          .kernel_copied_bytes = copied.is_available() ? copied.value() : NB_NOT_AVAILABLE};
}

}  // namespace
}  // namespace nobounce::api

namespace api = nobounce::api;
using nobounce::Status;

void nb_receiver_close(nb_receiver* receiver) {
  delete receiver;
}

nb_code nb_receive(nb_receiver* receiver, uint64_t max_bytes, int timeout_ms, nb_outcome* outcome,
                   nb_batch** batch, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_receive", api::Argument{receiver, "receiver"},
                        api::Argument{outcome, "outcome"}, api::Argument{batch, "batch"}));
    nb_batch& handle =
        api::idle_batch(*receiver);  // First: what came must not be lost for want of it.
    const std::uint64_t most =
        max_bytes == 0 ? std::numeric_limits<std::uint64_t>::max() : max_bytes;
    NB_ASSIGN(auto received, api::receive(receiver->connection.receiver(), most, timeout_ms));
    if (received.outcome == nobounce::path::ReceiveOutcome::kEndOfStream) {
      NB_TRY(receiver->connection.accept_what_came());
    }
    *outcome = api::outcome_of(received.outcome);
    *batch = nullptr;
    if (received.outcome != nobounce::path::ReceiveOutcome::kData) return {};
    handle.frags = std::move(received.batch);
    handle.is_on_loan = true;
    receiver->idle_batches.pop_back();
    *batch = &handle;
    return {};
  });
}

nb_code nb_wait(nb_receiver* const* receivers, size_t count, int timeout_ms, bool* ready,
                nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_wait", api::Argument{receivers, "receivers"},
                        api::Argument{ready, "ready"}));
    const std::span all(receivers, count);
    NB_TRY(api::check_receivers(all));
    NB_ASSIGN(*ready, api::wait_for_any(all, timeout_ms));
    return {};
  });
}

const nb_frag* nb_batch_frags(const nb_batch* batch, size_t* count) {
  const bool is_empty = batch == nullptr || !batch->is_on_loan;
  if (count != nullptr) *count = is_empty ? 0 : batch->frags.frags().size();
  return is_empty ? nullptr : reinterpret_cast<const nb_frag*>(batch->frags.frags().data());
}

uint64_t nb_batch_bytes(const nb_batch* batch) {
  return batch == nullptr ? 0 : batch->frags.bytes();
}

nb_code nb_batch_release(nb_batch* batch, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    if (batch == nullptr) return {};
    if (!batch->is_on_loan) {
      return nobounce::fail(
          api::bad_argument("nb_batch_release", "batch", "it is released already"));
    }
    batch->is_on_loan = false;
    batch->owner->idle_batches.push_back(batch);
    return batch->frags.give_back();
  });
}

nb_code nb_receiver_counts(const nb_receiver* receiver, nb_receive_counts* counts,
                           nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_receiver_counts", api::Argument{receiver, "receiver"}));
    // A connection of a receiver that can't be changed still counts.
    auto& connection = const_cast<nobounce::transfer::InboundConnection&>(receiver->connection);
    return api::give_counts("nb_receiver_counts", api::counts_of(connection.receiver().counts()),
                            counts);
  });
}
