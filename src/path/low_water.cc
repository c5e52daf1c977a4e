// SPDX-License-Identifier: Apache-2.0
#include "path/low_water.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace nobounce::path {
namespace {

constexpr double kMsPerNs = 1e-6;
// What a mark may take to come, and how long it is waited for at the most.
constexpr double kExpectedNs = 10e6;
constexpr int kMaxPatienceMs = 20;

// Marks are multiples of this; less is not worth a change.
constexpr std::uint64_t kStep = std::uint64_t{64} << 10;
// A read of 2 MiB costs no more for each of its frags than one of 64 MiB.
constexpr std::uint64_t kMaxMark = std::uint64_t{2} << 20;

// Reads before the mark is raised: the fewest, and the most after it was missed time and again.
constexpr std::uint64_t kFewestReads = 8;
constexpr std::uint64_t kMostReads = 64;
constexpr std::uint64_t kForgivingReads = 256;  // After so many without a miss it is forgotten.

}  // namespace

void LowWater::took(std::uint64_t bytes) {
  const std::uint64_t now = clock_.now_ns();
  // A longer time says nothing of the stream: the consumer was busy, or the stream stood still.
  const double took_ns = std::min(static_cast<double>(now - last_ns_), kMaxPatienceMs / kMsPerNs);
  const double sample = took_ns / static_cast<double>(std::max<std::uint64_t>(bytes, 1));
  last_ns_ = now;
  if (reads_ > 0) {
    ns_per_byte_ += (sample - ns_per_byte_) / static_cast<double>(std::min(reads_, kFewestReads));
  }
  if (++reads_ == kForgivingReads) reads_needed_ = kFewestReads;
}

// The window may be any part of the buffer from half on; it is what the sender has room for.
std::uint64_t LowWater::half_window() const {
  int buffer = 0;
  std::array<std::byte, sizeof buffer> value{};
  if (socket_.getsockopt(SOL_SOCKET, SO_RCVBUF, value) != 0) return 0;
  std::memcpy(&buffer, value.data(), sizeof buffer);
  return static_cast<std::uint64_t>(std::max(buffer, 0)) / 4;
}

std::uint64_t LowWater::choose(std::uint64_t wanted) const {
  if (reads_ < reads_needed_) return 1;
  std::uint64_t limit = std::min(max_bytes_, kMaxMark);
  if (wanted != 0) limit = std::min(limit, wanted);
  const double expected = std::min(kExpectedNs / std::max(ns_per_byte_, 1e-3), 1e12);
  std::uint64_t mark = std::min(limit, static_cast<std::uint64_t>(expected)) / kStep * kStep;

  // What is about right stays; what could be more is looked at now and then.
  const bool may_stay = mark_ > 1 && mark_ <= limit;
  if (may_stay && mark >= mark_ / 4 * 3 && mark < mark_ * 2) return mark_;
  if (mark > mark_) {
    const std::uint64_t before = may_stay ? mark_ : 1;
    if (reads_ % kFewestReads != 0) return before;
    mark = std::max(std::min(mark, half_window() / kStep * kStep), before);
  }
  return std::max<std::uint64_t>(mark, 1);
}

int LowWater::patience_ms(int timeout_ms) const {
  const double expected_ms = ns_per_byte_ * static_cast<double>(mark_) * kMsPerNs;
  const double patience = std::clamp(std::ceil(2 * expected_ms), 1.0, double{kMaxPatienceMs});
  return timeout_ms < 0 ? static_cast<int>(patience)
                        : std::min(static_cast<int>(patience), timeout_ms);
}

Result<Wake> LowWater::wait(std::uint64_t wanted, int timeout_ms) {
  NB_TRY(set(choose(wanted)));
  if (mark_ == 1) return wait_for(socket_, POLLIN, timeout_ms);

  // Who only looks is told that there may be something: there may, below the mark.
  if (timeout_ms == 0) {
    NB_TRY(wait_for(socket_, POLLIN, 0));
    return Wake::kReady;
  }
  const int patience = patience_ms(timeout_ms);
  NB_ASSIGN(const Wake wake, wait_for(socket_, POLLIN, patience));
  if (wake == Wake::kReady) return wake;
  reads_ = 0;
  reads_needed_ = std::min(2 * reads_needed_, kMostReads);
  NB_TRY(set(1));
  return wait_for(socket_, POLLIN, timeout_ms < 0 ? -1 : timeout_ms - patience);
}

Status LowWater::set(std::uint64_t mark) {
  if (mark == mark_) return {};
  const int value = static_cast<int>(mark);
  const int result =
      socket_.setsockopt(SOL_SOCKET, SO_RCVLOWAT, std::as_bytes(std::span(&value, 1)));
  if (result < 0) return fail(error_from_errno(-result, "set", "SO_RCVLOWAT"));
  mark_ = mark;
  return {};
}

}  // namespace nobounce::path
