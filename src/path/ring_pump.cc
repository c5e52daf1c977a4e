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
  places_used_ = std::max(places_used_, place + 1);
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

Result<Wake> RingPump::wait_unstoppable(int timeout_ms) {
  const int result = ring_->submit_and_wait(timeout_ms);
  if (result < 0 && result != -ETIME) return fail(enter_error(result));
  hand_on();
  return result == 0 ? Wake::kReady : Wake::kTimeout;
}

void RingPump::hand_on() {
  std::array<sys::RingCompletion, 64> batch;
  while (true) {
    std::size_t room = batch.size();
    for (const Place& place : std::span(places_).first(places_used_)) {
      if (place.taker != nullptr) room = std::min<std::size_t>(room, place.taker->room());
    }
    const std::size_t count = ring_->take(std::span(batch).first(room));
    for (const sys::RingCompletion& completion : std::span(batch).first(count))
      hand_on(completion);
    if (count < batch.size()) return;
  }
}

void RingPump::hand_on(const sys::RingCompletion& completion) {
  if (completion.user_data == kStopUserData) {
    is_stopped_ = is_stopped_ || completion.result >= 0;
    return;
  }
  const std::uint64_t place = completion.user_data >> kPlaceShift;
  if (place >= places_.size() || places_[place].taker == nullptr) return;
  const auto generation = static_cast<std::uint8_t>(completion.user_data >> kGenerationShift);
  if (places_[place].generation != generation) return;
  has_news_ = true;
  places_[place].taker->take(completion.user_data & ((RingTag{1} << kRingTagBits) - 1), completion);
}

}  // namespace nobounce::path
