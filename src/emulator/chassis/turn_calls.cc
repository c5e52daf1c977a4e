// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/turn_calls.h"

namespace nobounce::emulator {

void TurnCalls::call(const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  if (is_closed_) {
    work();
    return;
  }
  Call call{.work = &work};
  calls_.push_back(&call);
  is_asked_ = true;
  wakeup_.signal();
  answered_.wait(lock, [&] { return call.is_done; });
}

void TurnCalls::answer() {
  if (!is_asked_) return;
  const std::lock_guard lock(mutex_);
  answer_locked();
}

void TurnCalls::close() {
  const std::lock_guard lock(mutex_);
  answer_locked();
  is_closed_ = true;
}

void TurnCalls::answer_locked() {
  for (Call* call : calls_) {
    (*call->work)();
    call->is_done = true;
  }
  calls_.clear();
  is_asked_ = false;
  answered_.notify_all();
}

}  // namespace nobounce::emulator
