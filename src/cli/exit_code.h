// SPDX-License-Identifier: Apache-2.0
// The one table of exit codes, as nobounce(1) prints it.
#pragma once

#include "base/error.h"

namespace nobounce::cli {

enum ExitCode : int {
  kSuccess = 0,
  kFailure = 1,        // something failed; the message says what
  kUsage = 2,          // the command line is wrong
  kUnsupported = 3,    // this host lacks a feature; the message names the probe that failed
  kMismatch = 4,       // data arrived, but not the data that was expected
  kTimeout = 5,        // a deadline passed
  kPeerClosed = 6,     // the peer went away before the work was done
  kKernelWarned = 7,   // the lab's guest kernel logged a warning, or worse
  kInterrupted = 130,  // Ctrl-C
};

/// The exit code that a failure of kind `code` ends the command with.
constexpr ExitCode exit_code_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return kUsage;
    case Code::kUnsupported:
      return kUnsupported;
    case Code::kMismatch:
      return kMismatch;
    case Code::kTimeout:
      return kTimeout;
    case Code::kPeerClosed:
      return kPeerClosed;
    case Code::kInterrupted:
      return kInterrupted;
    default:
      return kFailure;
  }
}

}  // namespace nobounce::cli
