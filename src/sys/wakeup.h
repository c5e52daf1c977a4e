// SPDX-License-Identifier: Apache-2.0
// Wakeup: how one thread wakes another that waits in an Epoll. It carries no message.
#pragma once

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// Owns an eventfd. Move-only; signal and clear are safe from any thread.
class Wakeup {
 public:
  static Result<Wakeup> open();

  /// Readable from a signal to the clear that follows; for Epoll::add.
  [[nodiscard]] int fd() const { return fd_.get(); }
  void signal() const;
  void clear() const;

 private:
  explicit Wakeup(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace nobounce::sys
