// SPDX-License-Identifier: Apache-2.0
// Interruption: what may end a lab early from outside, Ctrl-C (SIGINT, SIGTERM, SIGHUP) and the
// deadline. Every wait of the lab goes through it, so that clean-up is ordinary control flow.
#pragma once

#include <poll.h>

#include <chrono>
#include <optional>
#include <span>

#include "base/result.h"
#include "sys/child_process.h"
#include "sys/signal_fd.h"

namespace nobounce::lab {

class Interruption {
 public:
  using Clock = std::chrono::steady_clock;

  /// Takes the signals over for as long as it lives; `timeout` counts from now.
  static Result<Interruption> open(std::optional<std::chrono::milliseconds> timeout);

  /// Waits until one of `entries` is ready or `at_most` has passed. Errors: kInterrupted, kTimeout.
  Status wait(std::span<pollfd> entries,
              std::optional<std::chrono::milliseconds> at_most = std::nullopt);

  /// Starts a process and waits for its end; it is killed if the wait is cut short.
  Result<sys::ExitStatus> run(const sys::SpawnOptions& options);

  /// Runs a process with its output, both streams of it, in `log`, and demands success; else the
  /// last lines of the log are in the cause. `operation` and `object` name the step in the Error.
  Status run_logged(sys::SpawnOptions options, const std::string& log, const std::string& operation,
                    const std::string& object);

 private:
  Interruption(sys::SignalFd signals, std::optional<Clock::time_point> deadline)
      : signals_(std::move(signals)), deadline_(deadline) {}

  sys::SignalFd signals_;
  std::optional<Clock::time_point> deadline_;
};

}  // namespace nobounce::lab
