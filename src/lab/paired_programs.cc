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

  static Result<End> start(std::string name, const std::string& host,
                           const std::vector<std::string>& command, bool awaits_order,
                           Clock::time_point deadline) {
    NB_ASSIGN(auto pipe, sys::make_pipe());
    sys::FdPair input;
    if (awaits_order) {
      NB_ASSIGN(input, sys::make_pipe());
    }
    std::vector<std::string> argv = {"ip", "netns", "exec", host};
    argv.insert(argv.end(), command.begin(), command.end());
    NB_ASSIGN(auto process, sys::ChildProcess::spawn({.argv = std::move(argv),
                                                      .stdin_fd = input.first.get(),
                                                      .stdout_fd = pipe.second.get(),
                                                      .stderr_fd = pipe.second.get()}));
    return End(std::move(name), std::move(process), std::move(input.second), std::move(pipe.first),
               deadline);
  }

  /// Reads until `text` was said. Error: the process ended or the deadline passed before.
  Status wait_for(std::string_view text) {
    while (said_.find(text) == std::string::npos) {
      NB_ASSIGN(const bool more, read_more());
      if (!more) return fail(failed(name_, Ended{process_.wait(), said_}));
    }
    return {};
  }

  /// The end of its input, where it awaits one.
  void give_order() { input_.reset(); }

  /// Waits for the end of the process.
  Result<Ended> finish() {
    for (bool more = true; more;) {
      NB_ASSIGN(more, read_more());
    }
    return Ended{process_.wait(), said_};
  }

  /// Asks it to end as Ctrl-C would: it gives the NIC back before it goes.
  void ask_to_stop() { process_.signal_group(SIGINT); }
  /// Waits for the end of one that was asked; a second signal would kill it.
  Ended reap() { return Ended{process_.wait(), said_}; }

 private:
  End(std::string name, sys::ChildProcess process, sys::Fd input, sys::Fd output,
      Clock::time_point deadline)
      : name_(std::move(name)),
        process_(std::move(process)),
        input_(std::move(input)),
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
  sys::Fd input_;
  sys::Fd output_;
  Clock::time_point deadline_;
  std::string said_;
};

/// The ends of all pairs, from first to last.
class RunningPairs {
 public:
  explicit RunningPairs(const std::vector<PairedPrograms>& pairs) : pairs_(pairs) {
    for (const PairedPrograms& pair : pairs)
      deadline_ = std::max(deadline_, End::Clock::now() + pair.patience);
  }

  Status run() {
    NB_TRY(start_receivers());
    NB_TRY(start_senders());
    for (std::size_t i = 0; i < senders_.size(); ++i) {
      NB_ASSIGN(const Ended sent, senders_[i].finish());
      if (sent.status.success()) continue;
      // A sender that never connected leaves a receiver that waits for ever.
      Error error = failed("sender", sent);
      receivers_[i].ask_to_stop();
      const Ended received = receivers_[i].reap();
      error.cause += fmt::format("; receiver {}: {}", to_string(received.status), received.said);
      return fail(std::move(error));
    }
    for (End& receiver : receivers_) {
      NB_ASSIGN(const Ended received, receiver.finish());
      if (!received.status.success()) return fail(failed("receiver", received));
    }
    return {};
  }

  /// Whoever still runs; all are asked before the first is waited for.
  void stop() {
    for (std::vector<End>* ends : {&senders_, &receivers_}) {
      for (End& end : *ends)
        end.ask_to_stop();
    }
    for (std::vector<End>* ends : {&senders_, &receivers_}) {
      for (End& end : *ends)
        end.reap();
    }
  }

 private:
  Status start_receivers() {
    for (const PairedPrograms& pair : pairs_) {
      NB_ASSIGN(End receiver, End::start("receiver", pair.receiver_host, pair.receiver,
                                         /*awaits_order=*/false, deadline_));
      receivers_.push_back(std::move(receiver));
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      NB_TRY(receivers_[i].wait_for(pairs_[i].receiver_ready));
    return {};
  }

  Status start_senders() {
    for (const PairedPrograms& pair : pairs_) {
      NB_ASSIGN(End sender, End::start("sender", pair.sender_host, pair.sender,
                                       !pair.sender_ready.empty(), deadline_));
      senders_.push_back(std::move(sender));
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      if (!pairs_[i].sender_ready.empty()) NB_TRY(senders_[i].wait_for(pairs_[i].sender_ready));
    }
    for (End& sender : senders_)
      sender.give_order();
    return {};
  }

  const std::vector<PairedPrograms>& pairs_;
  End::Clock::time_point deadline_{};
  std::vector<End> receivers_;
  std::vector<End> senders_;
};

}  // namespace

Status run_pairs(const std::vector<PairedPrograms>& pairs) {
  RunningPairs running(pairs);
  Status ran = running.run();
  if (!ran) running.stop();
  return ran;
}

Status run_pair(const PairedPrograms& pair) {
  return run_pairs({pair});
}

}  // namespace nobounce::lab
