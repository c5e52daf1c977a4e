// SPDX-License-Identifier: Apache-2.0
// StopSignal: Ctrl-C and its relatives as a descriptor that can be polled, so that a NIC is put
// back before the process ends.
#pragma once

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP makes `fd` readable (a second one kills, as
/// ever) and SIGPIPE is ignored. A SIGHUP that nohup had ignored stays ignored. One at a time in a
/// process; the earlier handlers come back when it dies.
class StopSignal {
 public:
  static Result<StopSignal> install();
  StopSignal(StopSignal&&) noexcept = default;
  StopSignal& operator=(StopSignal&&) = delete;
  ~StopSignal();

  /// Readable once the user asked to stop.
  [[nodiscard]] int fd() const { return event_.get(); }

 private:
  explicit StopSignal(Fd event) : event_(std::move(event)) {}

  Fd event_;
};

}  // namespace nobounce::sys
