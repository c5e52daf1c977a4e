// SPDX-License-Identifier: Apache-2.0
#include "sys/watched_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "sys/byte_stream.h"
#include "sys/readiness.h"

namespace nobounce::sys {

Result<WatchedProgram> WatchedProgram::start(Options options) {
  NB_ASSIGN(auto output, make_pipe());
  FdPair input;
  if (options.awaits_order) {
    NB_ASSIGN(input, make_input_pipe());
  }
  NB_ASSIGN(auto process, ChildProcess::spawn({.argv = options.argv,
                                               .stdin_fd = input.first.get(),
                                               .stdout_fd = output.second.get(),
                                               .stderr_fd = output.second.get()}));
  return WatchedProgram(std::move(options), std::move(process), std::move(input.second),
                        std::move(output.first));
}

Status WatchedProgram::wait_for(std::string_view text) {
  while (said_.find(text) == std::string::npos) {
    NB_ASSIGN(const bool more, read_more(options_.deadline, true));
    if (!more) return fail(error_of({process_.wait(), said_}));
  }
  return {};
}

Result<EndOfProgram> WatchedProgram::finish() {
  for (bool more = true; more;) {
    NB_ASSIGN(more, read_more(options_.deadline, true));
  }
  return EndOfProgram{process_.wait(), said_};
}

Error WatchedProgram::error_of(const EndOfProgram& end) const {
  const bool lacks = options_.unsupported_status != 0 && end.status.signal == 0 &&
                     end.status.code == options_.unsupported_status;
  const std::string_view said = end.said;
  return {.code = lacks ? Code::kUnsupported : Code::kIo,
          .operation = options_.name,
          .object = {},
          .cause = fmt::format("{}: {}", to_string(end.status),
                               said.substr(0, said.find_last_not_of('\n') + 1)),
          .fix = {}};
}

void WatchedProgram::ask_to_stop() {
  if (!is_asked_to_stop_) process_.signal_group(SIGINT);
  is_asked_to_stop_ = true;
}

EndOfProgram WatchedProgram::stop() {
  ask_to_stop();
  const auto deadline = Clock::now() + kStopPatience;
  for (bool more = true; more;) {
    const auto read = read_more(deadline, false);
    if (!read) process_.signal_group(SIGKILL);
    more = read && *read;
  }
  return {process_.wait(), said_};
}

/// False at the end of what it says, which is that of the program.
Result<bool> WatchedProgram::read_more(Clock::time_point deadline, bool may_be_interrupted) {
  std::vector<pollfd> waiting = {{.fd = output_.get(), .events = POLLIN, .revents = 0}};
  if (may_be_interrupted) {
    for (const int fd : options_.interrupts)
      waiting.push_back({.fd = fd, .events = POLLIN, .revents = 0});
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  NB_ASSIGN(const bool ready, wait_ready(waiting, std::max(left, std::chrono::milliseconds(0))));
  const auto gave_up = [&](Code code, std::string cause) {
    return fail({.code = code,
                 .operation = "wait for",
                 .object = options_.name,
                 .cause = std::move(cause),
                 .fix = {}});
  };
  if (!ready) return gave_up(Code::kTimeout, "it did not end in time; it said: " + said_);
  if (std::any_of(waiting.begin() + 1, waiting.end(),
                  [](const pollfd& entry) { return entry.revents != 0; }))
    return gave_up(Code::kInterrupted, "stopped before it ended");
  std::array<char, 4096> buffer;
  NB_ASSIGN(const auto count, read_some(output_.get(), buffer, "output of a program"));
  const std::size_t room = kMostWordsBytes - said_.size();
  if (count) said_.append(buffer.data(), std::min(*count, room));
  return !count || *count > 0;
}

}  // namespace nobounce::sys
