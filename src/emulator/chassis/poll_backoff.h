// SPDX-License-Identifier: Apache-2.0
// PollBackoff: how often a thread looks at what nobody announces, such as doorbells in a page that
// the guest has mapped. It spins while the guest is at work and a little longer, then it sleeps for
// a fixed share of the time that nothing has happened: a doorbell after a pause of t is found
// within an eighth of t, and no later than kLongestWaitNs. It only computes: the caller has the
// clock, and what it waits for may also wake it.
//
// The price of an idle device: after a pause of 8 · kLongestWaitNs the thread takes one turn in
// 10 ms. A turn (wake-up, a look at every doorbell, back to sleep) may cost 100 µs then for 1% of a
// core; where it was measured, in a virtual machine, in which a wake-up is dear, it cost 23 µs, and
// 64 µs while others kept all CPUs busy.
#pragma once

#include <algorithm>
#include <cstdint>

namespace nobounce::emulator {

/// Copyable; not thread-safe. Times are those of one nobounce::Clock.
class PollBackoff {
 public:
  /// As long as this after the last activity there is no wait: longer than a guest at work takes
  /// from one doorbell to the next, and than a round trip between two guests.
  static constexpr std::uint64_t kSpinNs = 100'000;
  static constexpr std::uint64_t kLongestWaitNs = 10'000'000;

  explicit PollBackoff(std::uint64_t now_ns) : last_activity_ns_(now_ns) {}

  /// Something was found, or arrived, or is left to do.
  void active(std::uint64_t now_ns) { last_activity_ns_ = now_ns; }

  /// How long the thread may wait before it looks again; 0: not at all.
  [[nodiscard]] std::uint64_t wait_ns(std::uint64_t now_ns) const {
    const std::uint64_t idle_ns = now_ns - std::min(now_ns, last_activity_ns_);
    return idle_ns < kSpinNs ? 0 : std::min(idle_ns / 8, kLongestWaitNs);
  }

 private:
  std::uint64_t last_activity_ns_;
};

}  // namespace nobounce::emulator
