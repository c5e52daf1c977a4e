// SPDX-License-Identifier: Apache-2.0
#include "sys/stop_signal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace nobounce::sys {
namespace {

constexpr std::array kStopSignals = {SIGINT, SIGTERM, SIGHUP};

// A signal handler has no argument to find its owner by.
std::atomic<int> event_of_process{-1};
static_assert(std::atomic<int>::is_always_lock_free);

std::array<struct sigaction, kStopSignals.size()> earlier_stop_actions;
struct sigaction earlier_pipe_action;

void on_stop(int) {
  const int saved_errno = errno;
  const std::uint64_t one = 1;
  // It can only fail if the counter is full, and then the descriptor is readable anyway.
  [[maybe_unused]] const auto written = ::write(event_of_process.load(), &one, sizeof one);
  errno = saved_errno;
}

}  // namespace

Result<StopSignal> StopSignal::install() {
  Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.is_open()) return fail(error_from_errno(errno, "open", "an eventfd"));
  event_of_process = event.get();

  struct sigaction stop{};
  stop.sa_handler = on_stop;
  stop.sa_flags = static_cast<int>(SA_RESETHAND);  // The second one kills.
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) {
    ::sigaction(kStopSignals[i], &stop, &earlier_stop_actions[i]);
    // nohup asks that the end of a terminal be passed over. A shell ignores SIGINT for its
    // background jobs too, but who sends that one by hand means it.
    if (kStopSignals[i] == SIGHUP && earlier_stop_actions[i].sa_handler == SIG_IGN)
      ::sigaction(SIGHUP, &earlier_stop_actions[i], nullptr);
  }
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &earlier_pipe_action);
  return StopSignal(std::move(event));
}

StopSignal::~StopSignal() {
  if (!event_.is_open()) return;
  for (std::size_t i = 0; i < kStopSignals.size(); ++i)
    ::sigaction(kStopSignals[i], &earlier_stop_actions[i], nullptr);
  ::sigaction(SIGPIPE, &earlier_pipe_action, nullptr);
  event_of_process = -1;
}

}  // namespace nobounce::sys
