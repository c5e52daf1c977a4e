// SPDX-License-Identifier: Apache-2.0
#include "sys/signal_fd.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace nobounce::sys {

Result<SignalFd> SignalFd::open(std::initializer_list<int> signals) {
  sigset_t wanted;
  sigset_t before;
  sigemptyset(&wanted);
  for (const int signal : signals)
    sigaddset(&wanted, signal);
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &wanted, &before); error != 0)
    return fail(error_from_errno(error, "block", "signals"));
  Fd fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.is_open()) {
    const int cause = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return fail(error_from_errno(cause, "signalfd", "signals"));
  }
  return SignalFd(std::move(fd), before);
}

SignalFd::SignalFd(SignalFd&& other) noexcept : fd_(std::move(other.fd_)), before_(other.before_) {}

SignalFd::~SignalFd() {
  if (fd_.is_open()) ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> SignalFd::take() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace nobounce::sys
