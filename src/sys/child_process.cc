// SPDX-License-Identifier: Apache-2.0
#include "sys/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace nobounce::sys {
namespace {

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& string : strings)
    pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Everything the child needs, allocated before the fork: between fork and exec only
// async-signal-safe calls are allowed, because other threads may hold locks.
struct Launch {
  std::vector<std::string> argv_strings;
  std::vector<std::string> environment_strings;
  std::vector<char*> argv;
  std::vector<char*> environment;
};

Launch prepare(const SpawnOptions& options) {
  Launch launch;
  launch.argv_strings = options.argv;
  launch.environment_strings = options.environment;
  if (!options.clear_environment) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      const std::string_view name = text.substr(0, text.find('=') + 1);
      bool replaced = false;
      for (const std::string& added : options.environment)
        replaced |= added.starts_with(name);
      if (!replaced) launch.environment_strings.emplace_back(text);
    }
  }
  launch.argv = pointers_to(launch.argv_strings);
  launch.environment = pointers_to(launch.environment_strings);
  return launch;
}

// glibc 2.36 declares pidfd_open without C linkage, so that C++ cannot link to it.
int open_pidfd(int pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

bool place_fd(int fd, int target) {
  if (fd < 0) return true;
  if (fd != target) return ::dup2(fd, target) >= 0;
  return ::fcntl(fd, F_SETFD, 0) == 0;
}

bool place_streams(const SpawnOptions& options) {
  if (options.terminal_fd >= 0)
    return ::ioctl(options.terminal_fd, TIOCSCTTY, 0) == 0 &&
           place_fd(options.terminal_fd, STDIN_FILENO) &&
           place_fd(options.terminal_fd, STDOUT_FILENO) &&
           place_fd(options.terminal_fd, STDERR_FILENO);
  const int input =
      options.stdin_fd >= 0 ? options.stdin_fd : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  return place_fd(options.stdout_fd, STDOUT_FILENO) && place_fd(options.stderr_fd, STDERR_FILENO) &&
         input >= 0 && place_fd(input, STDIN_FILENO);
}

[[noreturn]] void run_child(const SpawnOptions& options, Launch& launch, int parent, int report) {
  // A session brings a process group of the same number.
  if (options.terminal_fd >= 0) {
    ::setsid();
  } else {
    ::setpgid(0, 0);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // The parent died before the line above.
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);

  bool good = true;
  for (const int fd : options.passed_fds)
    good = good && ::fcntl(fd, F_SETFD, 0) == 0;
  good = good && place_streams(options);
  if (good && !options.working_directory.empty())
    good = ::chdir(options.working_directory.c_str()) == 0;
  if (good) ::execvpe(launch.argv[0], launch.argv.data(), launch.environment.data());
  const int cause = errno;
  // The parent reads the cause from the pipe; should even this fail, it sees status 127.
  [[maybe_unused]] const auto written = ::write(report, &cause, sizeof cause);
  ::_exit(127);
}

}  // namespace

std::string to_string(const ExitStatus& status) {
  if (status.signal == 0) return fmt::format("exited with status {}", status.code);
  return fmt::format("was killed by signal {} ({})", status.signal, ::strsignal(status.signal));
}

Result<ChildProcess> ChildProcess::spawn(const SpawnOptions& options) {
  const std::string name = options.argv.empty() ? "" : options.argv[0];
  if (name.empty())
    return fail({.code = Code::kInvalidArgument,
                 .operation = "start of a process",
                 .object = "an empty command",
                 .cause = "there is nothing to run",
                 .fix = {}});
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return fail(error_from_errno(errno, "pipe", name));
  Fd report_read(report[0]);
  Fd report_write(report[1]);
  Launch launch = prepare(options);

  const int parent = ::getpid();
  const int pid = ::fork();
  if (pid < 0) return fail(error_from_errno(errno, "fork", name));
  if (pid == 0) run_child(options, launch, parent, report_write.get());
  // Both sides set the group, so that a signal to it cannot come too early. One that leads a
  // session has its group by the time that it starts its program, for which we wait below.
  if (options.terminal_fd < 0) ::setpgid(pid, pid);
  report_write.reset();
  ChildProcess child(pid, Fd(open_pidfd(pid)));

  int cause = 0;
  ssize_t got;
  do
    got = ::read(report_read.get(), &cause, sizeof cause);
  while (got < 0 && errno == EINTR);
  if (got == sizeof cause) {
    child.wait();
    return fail(error_from_errno(cause, "start", name));
  }
  if (child.pidfd() < 0) return fail(error_from_errno(errno, "pidfd_open", name));
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      status_(std::exchange(other.status_, std::nullopt)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    destroy();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    status_ = std::exchange(other.status_, std::nullopt);
  }
  return *this;
}

std::optional<ExitStatus> ChildProcess::reap(int flags) {
  if (status_ || pid_ < 0) return status_;
  int raw = 0;
  int got;
  do
    got = ::waitpid(pid_, &raw, flags);
  while (got < 0 && errno == EINTR);
  if (got == 0) return std::nullopt;
  // Somebody else reaped it (a guest's init reaps all): its status is lost, it is gone all the
  // same.
  if (got < 0) return status_ = ExitStatus{.code = 127};
  status_ = ExitStatus{.code = WIFEXITED(raw) ? WEXITSTATUS(raw) : 0,
                       .signal = WIFSIGNALED(raw) ? WTERMSIG(raw) : 0};
  return status_;
}

std::optional<ExitStatus> ChildProcess::try_wait() {
  return reap(WNOHANG);
}

ExitStatus ChildProcess::wait() {
  return reap(0).value_or(ExitStatus{.code = 127});
}

void ChildProcess::signal_group(int signal) {
  if (pid_ > 0 && !status_) ::kill(-pid_, signal);
}

void ChildProcess::destroy() {
  if (pid_ < 0) return;
  // The group is signalled even after its leader was reaped: a grandchild may be left.
  ::kill(-pid_, SIGKILL);
  if (!status_) reap(0);
  pid_ = -1;
}

}  // namespace nobounce::sys
