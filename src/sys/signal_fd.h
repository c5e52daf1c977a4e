// SPDX-License-Identifier: Apache-2.0
// SignalFd: signals as a file descriptor, so that a loop meets Ctrl-C where it can clean up.
#pragma once

#include <signal.h>

#include <initializer_list>
#include <optional>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// Blocks a set of signals in the calling thread (and in the threads it starts later) for as long
/// as it lives, and hands them out one by one. Move-only.
class SignalFd {
 public:
  static Result<SignalFd> open(std::initializer_list<int> signals);

  SignalFd(SignalFd&& other) noexcept;
  SignalFd& operator=(SignalFd&&) = delete;
  ~SignalFd();

  /// Readable while a signal is pending.
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The next pending signal, or nothing.
  std::optional<int> take();

 private:
  SignalFd(Fd fd, const sigset_t& before) : fd_(std::move(fd)), before_(before) {}

  Fd fd_;
  sigset_t before_;
};

}  // namespace nobounce::sys
