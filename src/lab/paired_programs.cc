// SPDX-License-Identifier: Apache-2.0
#include "lab/paired_programs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>

#include "sys/byte_stream.h"
#include "sys/child_process.h"
#include "sys/readiness.h"

namespace nobounce::lab {
namespace {

/// What a program said, kept for the message if it fails.
struct Ended {
  sys::ExitStatus status;
  std::string said;
};

Error failed(std::string_view who, const Ended& end) {
  return {.code = Code::kIo,
          .operation = std::string(who),
          .object = {},
          .cause = fmt::format("{}: {}", to_string(end.status), end.said),
          .fix = {}};
}

/// One program in a network namespace, what it says read through a pipe.
class End {
 public:
  using Clock = std::chrono::steady_clock;

  static Result<End> start(const std::string& host, const std::vector<std::string>& command,
                           Clock::time_point deadline) {
    NB_ASSIGN(auto pipe, sys::make_pipe());
    std::vector<std::string> argv = {"ip", "netns", "exec", host};
    argv.insert(argv.end(), command.begin(), command.end());
    NB_ASSIGN(auto process, sys::ChildProcess::spawn({.argv = std::move(argv),
                                                      .stdout_fd = pipe.second.get(),
                                                      .stderr_fd = pipe.second.get()}));
    return End(command.front(), std::move(process), std::move(pipe.first), deadline);
  }

  /// Reads until `text` was said. Error: the process ended or the deadline passed before.
  Status wait_for(std::string_view text) {
    while (said_.find(text) == std::string::npos) {
      NB_ASSIGN(const bool more, read_more());
      if (!more) return fail(failed("receiver", Ended{process_.wait(), said_}));
    }
    return {};
  }

  /// Waits for the end of the process.
  Result<Ended> finish() {
    for (bool more = true; more;) {
      NB_ASSIGN(more, read_more());
    }
    return Ended{process_.wait(), said_};
  }

  /// Ends it as Ctrl-C would: it gives the NIC back before it goes.
  Ended stop() {
    process_.signal_group(SIGINT);
    return Ended{process_.wait(), said_};
  }

 private:
  End(std::string name, sys::ChildProcess process, sys::Fd output, Clock::time_point deadline)
      : name_(std::move(name)),
        process_(std::move(process)),
        output_(std::move(output)),
        deadline_(deadline) {}

  /// False at the end of the stream.
  Result<bool> read_more() {
    std::array<pollfd, 1> waiting = {{{.fd = output_.get(), .events = POLLIN, .revents = 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    NB_ASSIGN(const bool ready,
              sys::wait_ready(waiting, std::max(left, std::chrono::milliseconds(0))));
    if (!ready) {
      return fail({.code = Code::kTimeout,
                   .operation = "transfer",
                   .object = name_,
                   .cause = "it did not end in time; it said: " + said_});
    }
    std::array<char, 4096> buffer;
    NB_ASSIGN(const auto count, sys::read_some(output_.get(), buffer, "output of a program"));
    if (count) said_.append(buffer.data(), *count);
    return !count || *count > 0;
  }

  std::string name_;
  sys::ChildProcess process_;
  sys::Fd output_;
  Clock::time_point deadline_;
  std::string said_;
};

}  // namespace

Status run_pair(const PairedPrograms& pair) {
  const auto deadline = End::Clock::now() + pair.patience;
  NB_ASSIGN(End receiver, End::start("b", pair.receiver, deadline));
  NB_TRY(receiver.wait_for(pair.receiver_ready));
  NB_ASSIGN(End sender, End::start("a", pair.sender, deadline));
  const auto sent = sender.finish();
  if (!sent) {
    sender.stop();
    receiver.stop();
    return fail(sent.error());
  }
  // A sender that never connected leaves a receiver that waits for ever.
  if (!sent->status.success()) {
    const Ended received = receiver.stop();
    Error error = failed("sender", *sent);
    error.cause += fmt::format("; receiver {}: {}", to_string(received.status), received.said);
    return fail(std::move(error));
  }
  const auto received = receiver.finish();
  if (!received) {
    receiver.stop();
    return fail(received.error());
  }
  if (!received->status.success()) return fail(failed("receiver", *received));
  return {};
}

}  // namespace nobounce::lab
