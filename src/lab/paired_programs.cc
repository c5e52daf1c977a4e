// SPDX-License-Identifier: Apache-2.0
#include "lab/paired_programs.h"

#include <fmt/format.h>

#include <algorithm>

#include "sys/watched_program.h"

namespace nobounce::lab {
namespace {

using sys::EndOfProgram;
using sys::WatchedProgram;

/// The programs of all pairs, from first to last.
class RunningPairs {
 public:
  explicit RunningPairs(const std::vector<PairedPrograms>& pairs) : pairs_(pairs) {
    for (const PairedPrograms& pair : pairs)
      deadline_ = std::max(deadline_, WatchedProgram::Clock::now() + pair.patience);
  }

  Status run() {
    NB_TRY(start_receivers());
    NB_TRY(start_senders());
    for (std::size_t i = 0; i < senders_.size(); ++i) {
      NB_ASSIGN(const EndOfProgram sent, senders_[i].finish());
      if (sent.status.success()) continue;
      // A sender that never connected leaves a receiver that waits for ever.
      Error error = senders_[i].error_of(sent);
      const EndOfProgram received = receivers_[i].stop();
      error.cause += fmt::format("; receiver {}: {}", to_string(received.status), received.said);
      return fail(std::move(error));
    }
    for (WatchedProgram& receiver : receivers_) {
      NB_ASSIGN(const EndOfProgram received, receiver.finish());
      if (!received.status.success()) return fail(receiver.error_of(received));
    }
    return {};
  }

  /// Whoever still runs; all are asked before the first is waited for.
  void stop() {
    for (std::vector<WatchedProgram>* programs : {&senders_, &receivers_}) {
      for (WatchedProgram& program : *programs)
        program.ask_to_stop();
    }
    for (std::vector<WatchedProgram>* programs : {&senders_, &receivers_}) {
      for (WatchedProgram& program : *programs)
        program.stop();
    }
  }

 private:
  Result<WatchedProgram> start(std::string name, const std::string& host,
                               const std::vector<std::string>& command, const PairedPrograms& pair,
                               bool awaits_order) const {
    std::vector<std::string> argv = {"ip", "netns", "exec", host};
    argv.insert(argv.end(), command.begin(), command.end());
    return WatchedProgram::start({.name = std::move(name),
                                  .argv = std::move(argv),
                                  .deadline = deadline_,
                                  .awaits_order = awaits_order,
                                  .unsupported_status = pair.unsupported_status});
  }

  Status start_receivers() {
    for (const PairedPrograms& pair : pairs_) {
      NB_ASSIGN(auto receiver, start("receiver", pair.receiver_host, pair.receiver, pair,
                                     /*awaits_order=*/false));
      receivers_.push_back(std::move(receiver));
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      NB_TRY(receivers_[i].wait_for(pairs_[i].receiver_ready));
    return {};
  }

  Status start_senders() {
    for (const PairedPrograms& pair : pairs_) {
      NB_ASSIGN(auto sender,
                start("sender", pair.sender_host, pair.sender, pair, !pair.sender_ready.empty()));
      senders_.push_back(std::move(sender));
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      if (!pairs_[i].sender_ready.empty()) NB_TRY(senders_[i].wait_for(pairs_[i].sender_ready));
    }
    for (WatchedProgram& sender : senders_)
      sender.give_order();
    return {};
  }

  const std::vector<PairedPrograms>& pairs_;
  WatchedProgram::Clock::time_point deadline_{};
  std::vector<WatchedProgram> receivers_;
  std::vector<WatchedProgram> senders_;
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
