// SPDX-License-Identifier: Apache-2.0
#include "sys/raw_terminal.h"

#include <cerrno>
#include <utility>

namespace nobounce::sys {
namespace {

Error failure(int cause) {
  Error error = error_from_errno(cause, "setting the mode of", "the terminal");
  if (cause == ENOTTY) error.code = Code::kInvalidArgument;
  return error;
}

}  // namespace

Result<RawTerminal> RawTerminal::open(int fd) {
  termios before{};
  if (::tcgetattr(fd, &before) != 0) return fail(failure(errno));
  termios raw = before;
  ::cfmakeraw(&raw);
  if (::tcsetattr(fd, TCSADRAIN, &raw) != 0) return fail(failure(errno));
  return RawTerminal(fd, before);
}

RawTerminal::RawTerminal(RawTerminal&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), before_(other.before_) {}

RawTerminal::~RawTerminal() {
  // Drained, not flushed: keys that were typed ahead belong to whoever reads next.
  if (fd_ >= 0) ::tcsetattr(fd_, TCSADRAIN, &before_);
}

}  // namespace nobounce::sys
