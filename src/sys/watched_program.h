// SPDX-License-Identifier: Apache-2.0
// WatchedProgram: a program of ours whose words are read as it says them: until it has said
// something, until it ends, and never for longer than it is given.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sys/child_process.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// How it ended, and what it said on either stream.
struct EndOfProgram {
  ExitStatus status;
  std::string said;
};

/// Move-only. The program never outlives it.
class WatchedProgram {
 public:
  using Clock = std::chrono::steady_clock;
  /// What is said after so much is read and forgotten.
  static constexpr std::size_t kMostWordsBytes = std::size_t{256} << 10;
  /// From Ctrl-C to the end; then it is killed.
  static constexpr std::chrono::seconds kStopPatience{15};

  struct Options {
    std::string name;               ///< For messages.
    std::vector<std::string> argv;  ///< argv[0] is looked up on the PATH.
    Clock::time_point deadline;
    std::vector<int> interrupts{};  ///< Any of them readable ends the waiting; -1 is passed over.
    bool awaits_order = false;      ///< It begins at the end of its input; see give_order().
    int unsupported_status = 0;     ///< By which it says that this host lacks something; 0: none.
  };
  static Result<WatchedProgram> start(Options options);

  /// Reads until `text` was said. Errors: error_of() where it ended before; kTimeout, kInterrupted.
  Status wait_for(std::string_view text);
  /// The end of its input, where it awaits one.
  void give_order() { input_.reset(); }
  /// Waits for its end. Errors: kTimeout, kInterrupted; it then still runs.
  Result<EndOfProgram> finish();
  /// "<name>: exited with status 1: <what it said>"; kUnsupported where that is what it said by its
  /// status, else kIo.
  [[nodiscard]] Error error_of(const EndOfProgram& end) const;
  /// Asks it to end as Ctrl-C would, so that it can put back what it changed; once, as a second
  /// Ctrl-C would have it go at once.
  void ask_to_stop();
  /// Asks it to end, and waits until it has.
  EndOfProgram stop();

 private:
  WatchedProgram(Options options, ChildProcess process, Fd input, Fd output)
      : options_(std::move(options)),
        process_(std::move(process)),
        input_(std::move(input)),
        output_(std::move(output)) {}

  Result<bool> read_more(Clock::time_point deadline, bool may_be_interrupted);

  Options options_;
  ChildProcess process_;
  Fd input_;
  Fd output_;
  std::string said_;
  bool is_asked_to_stop_ = false;
};

}  // namespace nobounce::sys
