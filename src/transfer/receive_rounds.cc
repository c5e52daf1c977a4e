// SPDX-License-Identifier: Apache-2.0
#include "transfer/receive_rounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <optional>
#include <utility>

#include "path/wake.h"
#include "sys/readiness.h"
#include "transfer/awaiting.h"
#include "transfer/holding.h"

namespace nobounce::transfer {
namespace {

// A peer that pauses may also be a NIC that has no buffers left because this round holds them. So a
// round never waits long: then it is consumed, and the NIC gets its buffers back.
constexpr int kMaxHoldingMs = 1000;

class Loop {
 public:
  explicit Loop(const ReceiveRounds& asked) : asked_(asked) {
    if (asked.hold_ns > 0) holding_.emplace(*asked.clock, asked.hold_ns);
  }

  Result<std::uint64_t> run() {
    bool goes_on = wanted() > 0;
    if (goes_on) NB_TRY(wait_for_more());
    asked_.interval.start();
    while (goes_on) {
      NB_ASSIGN(goes_on, step());
    }
    NB_TRY(end_round());
    if (holding_) NB_TRY(holding_->give_back_all());
    NB_TRY(asked_.receiver.flush());
    asked_.interval.stop();
    return rounds_;
  }

 private:
  // Never more than the rest of a request: what comes after it is another's.
  [[nodiscard]] std::uint64_t wanted() const {
    const std::uint64_t left =
        asked_.bytes.value_or(std::numeric_limits<std::uint64_t>::max()) - received_;
    if (asked_.request_bytes == 0) return left;
    return std::min(left, asked_.request_bytes - received_ % asked_.request_bytes);
  }

  [[nodiscard]] std::uint64_t at_a_time() const {
    return asked_.receive_bytes == 0 ? wanted() : std::min(wanted(), asked_.receive_bytes);
  }

  // False once all has come.
  Result<bool> step() {
    const std::uint64_t before = received_;
    if (holding_) NB_TRY(holding_->give_back_due());
    NB_ASSIGN(path::Received received, asked_.receiver.receive(at_a_time()));
    switch (received.outcome) {
      case path::ReceiveOutcome::kData:
        received_ += received.batch.bytes();
        if (asked_.frags_per_receive != nullptr) {
          asked_.frags_per_receive->add(received.batch.frags().size());
        }
        NB_TRY(keep(std::move(received.batch)));
        if (is_between_requests()) NB_TRY(answer());
        if (asked_.on_progress) asked_.on_progress(received_);
        if (is_look_due(before, received_)) NB_TRY(asked_.receiver.wait(0));
        return wanted() > 0;
      case path::ReceiveOutcome::kEndOfStream:
        if (asked_.bytes && wanted() > 0) return fail(ended_early());
        if (asked_.request_bytes > 0 && !is_between_requests()) return fail(ended_in_request());
        return false;
      case path::ReceiveOutcome::kFull:
        if (holding_ && !holding_->is_empty()) {
          NB_TRY(sit_on_it());
          return true;
        }
        if (held_.frags().empty()) return fail(full_of_nothing());
        NB_TRY(end_round());
        return true;
      case path::ReceiveOutcome::kWouldBlock:
        NB_TRY(wait_for_more());
        return true;
    }
    return false;
  }

  [[nodiscard]] bool is_between_requests() const {
    return asked_.request_bytes > 0 && received_ % asked_.request_bytes == 0;
  }

  Status answer() {
    NB_TRY(end_round());
    return asked_.answer();
  }

  Status keep(path::FragBatch batch) {
    if (asked_.consume) {
      held_.append(std::move(batch));
      return {};
    }
    rounds_ = 1;
    return holding_ ? holding_->take(std::move(batch)) : batch.give_back();
  }

  // All room is taken by what is held: until the oldest of it is due nothing can come.
  Status sit_on_it() {
    std::array<pollfd, 1> stop = {{{.fd = asked_.stop_fd, .events = POLLIN, .revents = 0}}};
    NB_ASSIGN(const bool is_stopped, sys::wait_ready(stop, holding_->until_due()));
    if (is_stopped) NB_TRY(path::wake_of(-ECANCELED));
    return holding_->give_back_due();
  }

  // Consumes what is held, with the clock stopped, and gives it back, with the clock running: that
  // is work of the path.
  Status end_round() {
    if (held_.frags().empty()) return {};
    ++rounds_;
    asked_.interval.stop();
    NB_TRY(asked_.consume(held_.frags()));
    asked_.interval.start();
    return held_.give_back();
  }

  Status wait_for_more() {
    int timeout_ms = asked_.timeout_ms;
    if (!held_.frags().empty()) {
      timeout_ms = timeout_ms < 0 ? kMaxHoldingMs : std::min(timeout_ms, kMaxHoldingMs);
    }
    const bool sits_on_data = holding_ && !holding_->is_empty();
    if (sits_on_data) {
      const auto until_due_ms = static_cast<int>(holding_->until_due().count());
      timeout_ms = timeout_ms < 0 ? until_due_ms : std::min(timeout_ms, until_due_ms);
    }
    NB_ASSIGN(const path::Wake wake, asked_.receiver.wait(timeout_ms));
    if (wake == path::Wake::kReady) return {};
    if (sits_on_data) return holding_->give_back_due();
    if (!held_.frags().empty()) return end_round();
    return fail(nothing_moved("receive", asked_.timeout_ms));
  }

  [[nodiscard]] Error ended_early() const {
    return {.code = Code::kPeerClosed,
            .operation = "receive",
            .object = "the stream",
            .cause = fmt::format("it ended after {} of {} bytes", received_, *asked_.bytes),
            .fix = {}};
  }

  [[nodiscard]] Error ended_in_request() const {
    return {.code = Code::kPeerClosed,
            .operation = "receive",
            .object = "a request",
            .cause = fmt::format("the stream ended after {} of {} bytes",
                                 received_ % asked_.request_bytes, asked_.request_bytes),
            .fix = {}};
  }

  static Error full_of_nothing() {
    return {.code = Code::kExhausted,
            .operation = "receive",
            .object = "the stream",
            .cause = "the receiver has no room although nothing is held",
            .fix = {}};
  }

  const ReceiveRounds& asked_;
  path::FragBatch held_;
  std::optional<Holding> holding_;
  std::uint64_t received_ = 0;
  std::uint64_t rounds_ = 0;
};

}  // namespace

Result<std::uint64_t> receive_in_rounds(const ReceiveRounds& rounds) {
  return Loop(rounds).run();
}

}  // namespace nobounce::transfer
