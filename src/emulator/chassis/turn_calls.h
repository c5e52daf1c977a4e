// SPDX-License-Identifier: Apache-2.0
// TurnCalls: how other threads have something done by the chassis's thread, between two of its
// turns, when nothing moves. What waits is bounded by the threads that ask: each waits for its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "sys/wakeup.h"

namespace nobounce::emulator {

class TurnCalls {
 public:
  /// `wakeup`, which must outlive this, ends the wait of the chassis's thread.
  explicit TurnCalls(const sys::Wakeup& wakeup) : wakeup_(wakeup) {}

  /// Has `work` done and returns when it is done; from any thread but the chassis's own, and not
  /// from within other work. Once that thread has ended, `work` is done here.
  void call(const std::function<void()>& work);

  /// For the chassis's thread: does what was asked for since the last time; cheap if nothing was.
  void answer();
  /// For the chassis's thread, before it ends: from now on callers work for themselves.
  void close();

 private:
  struct Call {
    const std::function<void()>* work;
    bool is_done = false;
  };

  void answer_locked();

  const sys::Wakeup& wakeup_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::atomic<bool> is_asked_ = false;
  std::vector<Call*> calls_;
  bool is_closed_ = false;
};

}  // namespace nobounce::emulator
