// SPDX-License-Identifier: Apache-2.0
// Pseudo terminals, pty(7): a terminal whose other side is a program.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

struct TerminalSize {
  std::uint16_t rows = 24;
  std::uint16_t columns = 80;

  bool operator==(const TerminalSize&) const = default;
};

struct PseudoTerminal {
  Fd master;  ///< The program's side, non-blocking.
  Fd slave;   ///< The terminal itself.
};

/// Both sides are close-on-exec. Errors: those of /dev/ptmx.
Result<PseudoTerminal> open_pseudo_terminal(const TerminalSize& size);

/// Of either side; whoever runs in the foreground of the terminal gets SIGWINCH.
Status set_terminal_size(int fd, const TerminalSize& size);
/// Nothing if `fd` is no terminal, or one that does not know its size.
std::optional<TerminalSize> terminal_size(int fd);

}  // namespace nobounce::sys
