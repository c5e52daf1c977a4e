// SPDX-License-Identifier: Apache-2.0
#include "lab/interruption.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <vector>

#include "lab/last_lines.h"
#include "sys/byte_stream.h"
#include "sys/readiness.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kShownLogLines = 12;

std::string_view name_of_signal(int signal) {
  switch (signal) {
    case SIGINT:
      return "Ctrl-C";
    case SIGTERM:
      return "SIGTERM";
    default:
      return "SIGHUP";
  }
}

}  // namespace

Result<Interruption> Interruption::open(std::optional<milliseconds> timeout) {
  NB_ASSIGN(sys::SignalFd signals, sys::SignalFd::open({SIGINT, SIGTERM, SIGHUP}));
  std::optional<Clock::time_point> deadline;
  if (timeout) deadline = Clock::now() + *timeout;
  return Interruption(std::move(signals), deadline);
}

Status Interruption::wait(std::span<pollfd> entries, std::optional<milliseconds> at_most) {
  std::vector<pollfd> all(entries.begin(), entries.end());
  all.push_back({.fd = signals_.fd(), .events = POLLIN, .revents = 0});
  std::optional<milliseconds> left = at_most;
  if (deadline_) {
    const auto until = std::chrono::ceil<milliseconds>(*deadline_ - Clock::now());
    left = left ? std::min(*left, until) : until;
  }
  NB_TRY(sys::wait_ready(all, left));
  std::copy_n(all.begin(), entries.size(), entries.begin());

  if (const auto signal = signals_.take())
    return fail({.code = Code::kInterrupted,
                 .operation = "lab",
                 .object = {},
                 .cause = fmt::format("stopped by {}", name_of_signal(*signal)),
                 .fix = {}});
  if (deadline_ && Clock::now() >= *deadline_)
    return fail({.code = Code::kTimeout,
                 .operation = "lab",
                 .object = {},
                 .cause = "the time given by --timeout has passed",
                 .fix = "give a larger --timeout"});
  return {};
}

Result<sys::ExitStatus> Interruption::run(const sys::SpawnOptions& options) {
  NB_ASSIGN(sys::ChildProcess child, sys::ChildProcess::spawn(options));
  pollfd entry{.fd = child.pidfd(), .events = POLLIN, .revents = 0};
  for (;;) {
    NB_TRY(wait({&entry, 1}));
    if (const auto status = child.try_wait()) return *status;
  }
}

Status Interruption::run_logged(sys::SpawnOptions options, const std::string& log,
                                const std::string& operation, const std::string& object) {
  NB_ASSIGN(const sys::Fd file, sys::create_file(log));
  options.stdout_fd = file.get();
  options.stderr_fd = file.get();
  NB_ASSIGN(const sys::ExitStatus status, run(options));
  if (status.success()) return {};
  const auto text = sys::read_text_file(log);
  return fail({.code = Code::kIo,
               .operation = operation,
               .object = object,
               .cause = fmt::format("{} {}; it said:\n{}", options.argv[0], to_string(status),
                                    text ? last_lines(*text, kShownLogLines) : "nothing"),
               .fix = {}});
}

}  // namespace nobounce::lab
