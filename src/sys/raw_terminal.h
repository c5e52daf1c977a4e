// SPDX-License-Identifier: Apache-2.0
// RawTerminal: a terminal that passes every key on as it is, Ctrl-C included, and shows every byte
// as it comes (cfmakeraw(3)); as it was before once the owner dies.
#pragma once

#include <termios.h>

#include "base/result.h"

namespace nobounce::sys {

/// Move-only. The descriptor is somebody else's and must stay open.
class RawTerminal {
 public:
  /// Errors: kInvalidArgument if `fd` is no terminal.
  static Result<RawTerminal> open(int fd);

  RawTerminal(RawTerminal&& other) noexcept;
  RawTerminal& operator=(RawTerminal&&) = delete;
  ~RawTerminal();

 private:
  RawTerminal(int fd, const termios& before) : fd_(fd), before_(before) {}

  int fd_ = -1;
  termios before_{};
};

}  // namespace nobounce::sys
