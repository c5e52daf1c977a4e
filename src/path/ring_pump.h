// SPDX-License-Identifier: Apache-2.0
// RingPump: takes completions off a ring and hands each to whom it is for, so that several queues,
// receivers and senders can share one ring and one wait.
//
// A submission's user_data holds the taker's place, the generation of that place and a tag of the
// taker's own: what comes for a taker that has left is dropped, and never reaches its successor.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "path/wake.h"
#include "sys/ring.h"

namespace nobounce::path {

/// A tag has 48 bits.
using RingTag = std::uint64_t;
inline constexpr unsigned kRingTagBits = 48;

/// Whom completions are for.
class CompletionTaker {
 public:
  virtual void take(RingTag tag, const sys::RingCompletion& completion) = 0;
  struct Taken {
    std::size_t count = 0;  ///< 0: it has no room, so they stay in the ring, and all behind them.
    bool is_news = true;    ///< Whoever waits on the ring may want to know of it.
  };
  /// Takes the first of `run`, whose tag is `tag`, and may take those that follow it, as long as
  /// they have the same user_data.
  virtual Taken take_run(RingTag tag, const sys::CompletionRun& run) {
    take(tag, run[0]);
    return {.count = 1};
  }

 protected:
  ~CompletionTaker() = default;
};

/// Of one thread: that which opened the ring. Takers and what they use must leave before it dies.
class RingPump {
 public:
  static constexpr std::uint32_t kMaxTakers = 64;

  /// `stop_fd`: readable once the user asks to stop, which ends every wait; -1: never. Not owned.
  static Result<std::unique_ptr<RingPump>> open(std::unique_ptr<sys::Ring> ring, int stop_fd);

  /// Gives a place to `taker`, until it leaves. Error: kExhausted if all places are taken.
  Result<std::uint32_t> join(CompletionTaker& taker);
  void leave(std::uint32_t place);
  /// The user_data of `tag` for the taker at `place`.
  [[nodiscard]] std::uint64_t user_data(std::uint32_t place, RingTag tag) const;

  /// A submission to fill, its user_data set; handed over by the next `pump` or `wait`.
  /// Errors: those of io_uring_enter, which makes room.
  Result<io_uring_sqe*> submission(std::uint32_t place, RingTag tag);
  /// Hands over what waits to be, and hands on every completion that there is; never waits, and
  /// enters the kernel only if that may bring something.
  Status pump();
  /// The same, but waits for a completion, -1: for ever. kReady means that some taker got one since
  /// the wait before this one: also by the `pump` of another taker, which only that one heard of.
  /// Errors: kInterrupted if the user asked to stop, those of io_uring_enter.
  Result<Wake> wait(int timeout_ms);
  /// The same, but leaves completions in the ring, for a taker that takes them best in its next
  /// `pump`. A stop that the user asked for behind them shows in the wait after that.
  Result<Wake> await(int timeout_ms);
  /// As `wait`, whatever the user asks for: to await what the kernel is sure to say soon.
  Result<Wake> wait_unstoppable(int timeout_ms);
  /// True once the user has asked to stop, as far as completions told; for a taker whose own wait
  /// ends before it comes here.
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }

  [[nodiscard]] sys::Ring& ring() { return *ring_; }
  [[nodiscard]] const sys::Ring& ring() const { return *ring_; }

 private:
  explicit RingPump(std::unique_ptr<sys::Ring> ring) : ring_(std::move(ring)) {}
  Status watch(int stop_fd);
  void hand_on();
  std::size_t hand_on(const sys::CompletionRun& run);
  void take_stop(const sys::RingCompletion& completion);

  struct Place {
    CompletionTaker* taker = nullptr;
    std::uint8_t generation = 0;
  };

  std::unique_ptr<sys::Ring> ring_;
  std::array<Place, kMaxTakers> places_;
  bool is_stopped_ = false;
  bool has_news_ = false;  // Some news was handed on since the last wait.
};

}  // namespace nobounce::path
