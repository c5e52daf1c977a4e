// SPDX-License-Identifier: Apache-2.0
#include "sys/pseudo_terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <string>

namespace nobounce::sys {

Result<PseudoTerminal> open_pseudo_terminal(const TerminalSize& size) {
  constexpr const char* kMultiplexer = "/dev/ptmx";
  Fd master(::open(kMultiplexer, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!master.is_open()) return fail(error_from_errno(errno, "open", kMultiplexer));
  std::array<char, 64> name{};
  if (::unlockpt(master.get()) != 0 || ::ptsname_r(master.get(), name.data(), name.size()) != 0)
    return fail(error_from_errno(errno, "unlock", "a pseudo terminal"));
  Fd slave(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave.is_open()) return fail(error_from_errno(errno, "open", name.data()));
  NB_TRY(set_terminal_size(slave.get(), size));
  return PseudoTerminal{std::move(master), std::move(slave)};
}

Status set_terminal_size(int fd, const TerminalSize& size) {
  const winsize window{.ws_row = size.rows, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (::ioctl(fd, TIOCSWINSZ, &window) != 0)
    return fail(error_from_errno(errno, "setting the size of", "a terminal"));
  return {};
}

std::optional<TerminalSize> terminal_size(int fd) {
  winsize window{};
  if (::ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0)
    return std::nullopt;
  return TerminalSize{.rows = window.ws_row, .columns = window.ws_col};
}

}  // namespace nobounce::sys
