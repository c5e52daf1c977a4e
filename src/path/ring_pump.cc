// SPDX-License-Identifier: Apache-2.0
#include "path/ring_pump.h"

#include <poll.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

namespace nobounce::path {
namespace {

constexpr unsigned kPlaceShift = 56;
constexpr unsigned kGenerationShift = kRingTagBits;
static_assert(kGenerationShift + 8 == kPlaceShift);

constexpr std::uint64_t kStopUserData = ~std::uint64_t{0};
static_assert(RingPump::kMaxTakers <= 0xff, "the last place is that of the stop descriptor");

Error enter_error(int result) {
  return error_from_errno(-result, "enter", "the io_uring");
}

}  // namespace

Result<std::unique_ptr<RingPump>> RingPump::open(std::unique_ptr<sys::Ring> ring, int stop_fd) {
  std::unique_ptr<RingPump> pump(new RingPump(std::move(ring)));
  if (stop_fd >= 0) NB_TRY(pump->watch(stop_fd));
  return pump;
}

Status RingPump::watch(int stop_fd) {
  io_uring_sqe* const poll = ring_->next_submission();
  if (poll == nullptr) return fail(enter_error(-EBUSY));
  poll->opcode = IORING_OP_POLL_ADD;
  poll->fd = stop_fd;
  poll->poll32_events = POLLIN;
  poll->user_data = kStopUserData;
  return {};
}

Result<std::uint32_t> RingPump::join(CompletionTaker& taker) {
  const auto free = std::find_if(places_.begin(), places_.end(),
                                 [](const Place& place) { return place.taker == nullptr; });
  if (free == places_.end()) {
    return fail({.code = Code::kExhausted,
                 .operation = "share",
                 .object = "an io_uring",
                 .cause = "all of its places are taken",
                 .fix = {}});
  }
  free->taker = &taker;
  const auto place = static_cast<std::uint32_t>(free - places_.begin());
  return place;
}

void RingPump::leave(std::uint32_t place) {
  places_[place].taker = nullptr;
  ++places_[place].generation;
}

std::uint64_t RingPump::user_data(std::uint32_t place, RingTag tag) const {
  assert(tag >> kRingTagBits == 0);
  return std::uint64_t{place} << kPlaceShift |
         std::uint64_t{places_[place].generation} << kGenerationShift | tag;
}

Result<io_uring_sqe*> RingPump::submission(std::uint32_t place, RingTag tag) {
  io_uring_sqe* entry = ring_->next_submission();
  if (entry == nullptr) {
    if (const int result = ring_->submit(); result < 0) return fail(enter_error(result));
    entry = ring_->next_submission();
    if (entry == nullptr) return fail(enter_error(-EBUSY));
  }
  entry->user_data = user_data(place, tag);
  return entry;
}

Status RingPump::pump() {
  if (ring_->has_work()) {
    if (const int result = ring_->submit(); result < 0) return fail(enter_error(result));
  }
  hand_on();
  return {};
}

Result<Wake> RingPump::wait(int timeout_ms) {
  if (is_stopped_) return wake_of(-ECANCELED);
  Wake wake = Wake::kReady;
  if (has_news_) {
    NB_TRY(pump());
  } else {
    NB_ASSIGN(wake, wait_unstoppable(timeout_ms));
  }
  has_news_ = false;
  if (is_stopped_) return wake_of(-ECANCELED);
  return wake;
}

Result<Wake> RingPump::await(int timeout_ms) {
  if (is_stopped_) return wake_of(-ECANCELED);
  Wake wake = Wake::kReady;
  if (has_news_ || !ring_->ready().empty()) {
    if (const int result = ring_->has_work() ? ring_->submit() : 0; result < 0)
      return fail(enter_error(result));
  } else {
    const int result = ring_->submit_and_wait(timeout_ms);
    if (result < 0 && result != -ETIME) return fail(enter_error(result));
    if (result < 0) wake = Wake::kTimeout;
  }
  has_news_ = false;
  const sys::CompletionRun run = ring_->ready();
  if (!run.empty() && run[0].user_data == kStopUserData) {
    take_stop(run[0]);
    ring_->consume(1);
  }
  if (is_stopped_) return wake_of(-ECANCELED);
  return wake;
}

Result<Wake> RingPump::wait_unstoppable(int timeout_ms) {
  const int result = ring_->submit_and_wait(timeout_ms);
  if (result < 0 && result != -ETIME) return fail(enter_error(result));
  hand_on();
  return result == 0 ? Wake::kReady : Wake::kTimeout;
}

void RingPump::hand_on() {
  for (sys::CompletionRun run = ring_->ready(); !run.empty(); run = ring_->ready()) {
    std::size_t taken = 0;
    while (taken < run.size()) {
      const std::size_t count = hand_on(run.without_first(taken));
      if (count == 0) break;
      taken += count;
    }
    ring_->consume(taken);
    if (taken < run.size()) return;
  }
}

// Returns how many of the first ones are dealt with: 0 if whom they are for has no room.
std::size_t RingPump::hand_on(const sys::CompletionRun& run) {
  const sys::RingCompletion first = run[0];
  if (first.user_data == kStopUserData) {
    take_stop(first);
    return 1;
  }
  const std::uint64_t place = first.user_data >> kPlaceShift;
  if (place >= places_.size() || places_[place].taker == nullptr) return 1;
  const auto generation = static_cast<std::uint8_t>(first.user_data >> kGenerationShift);
  if (places_[place].generation != generation) return 1;
  const RingTag tag = first.user_data & ((RingTag{1} << kRingTagBits) - 1);
  const CompletionTaker::Taken taken = places_[place].taker->take_run(tag, run);
  has_news_ = has_news_ || (taken.count > 0 && taken.is_news);
  return taken.count;
}

void RingPump::take_stop(const sys::RingCompletion& completion) {
  is_stopped_ = is_stopped_ || completion.result >= 0;
}

}  // namespace nobounce::path
