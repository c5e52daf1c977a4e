// SPDX-License-Identifier: Apache-2.0
// ChildProcess: the owner of a process that we started. A child never outlives its owner: the
// destructor kills and reaps it, and the kernel kills it if we die first (PR_SET_PDEATHSIG).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

struct SpawnOptions {
  std::vector<std::string> argv = {};         ///< argv[0] is looked up on the PATH.
  std::vector<std::string> environment = {};  ///< "NAME=value", added to ours.
  std::string working_directory = {};         ///< Empty: ours.
  int stdin_fd = -1;                          ///< -1: /dev/null.
  int stdout_fd = -1;                         ///< -1: ours.
  int stderr_fd = -1;                         ///< -1: ours.
  std::vector<int> passed_fds = {};           ///< Stay open in the child, under the same numbers.
  bool clear_environment = false;             ///< The child sees `environment` and nothing else.
  /// A terminal: the child leads a session of its own on it, its three streams included.
  int terminal_fd = -1;
};

/// How a process ended.
struct ExitStatus {
  int code = 0;    ///< Meaningful if `signal` is 0.
  int signal = 0;  ///< The signal that killed it, or 0.

  [[nodiscard]] bool success() const { return code == 0 && signal == 0; }
  /// As a shell reports it: the code, or 128 + signal.
  [[nodiscard]] int as_shell() const { return signal != 0 ? 128 + signal : code; }
};

/// "exited with status 3", "was killed by signal 9 (Killed)".
std::string to_string(const ExitStatus& status);

class ChildProcess {
 public:
  /// Starts a process in a process group of its own, its standard input /dev/null unless it gets
  /// one or a terminal, signals at their defaults. To be called from a thread that lives as long as
  /// the child may, as the kernel ties the death signal to the thread. Errors: those of fork and
  /// exec, with argv[0] named.
  static Result<ChildProcess> spawn(const SpawnOptions& options);

  ChildProcess() = default;
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess() { destroy(); }

  [[nodiscard]] int pid() const { return pid_; }
  /// Becomes readable when the process ends.
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }
  /// How it ended, or nothing while it runs. Reaps.
  std::optional<ExitStatus> try_wait();
  /// Waits for the end. Reaps.
  ExitStatus wait();
  /// Sends `signal` to the process and its group; nothing happens once it has been reaped.
  void signal_group(int signal);

 private:
  ChildProcess(int pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  void destroy();
  std::optional<ExitStatus> reap(int flags);

  int pid_ = -1;
  Fd pidfd_;
  std::optional<ExitStatus> status_;
};

}  // namespace nobounce::sys
