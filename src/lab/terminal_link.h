// SPDX-License-Identifier: Apache-2.0
// TerminalLink: our terminal as that of a guest: every key goes there, and every change of size.
#pragma once

#include <poll.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lab/guest.h"
#include "lab/guest_protocol.h"
#include "sys/raw_terminal.h"
#include "sys/signal_fd.h"

namespace nobounce::lab {

/// Ctrl-], struck three times in a row, ends a guest that no longer answers. Pure.
class EscapeKeys {
 public:
  /// True once `keys` completes them.
  bool complete(std::string_view keys);

 private:
  unsigned struck_ = 0;
};

class TerminalLink {
 public:
  /// To be opened before threads are started, which would otherwise take our SIGWINCH.
  /// Errors: kInvalidArgument if standard input or standard output is no terminal.
  static Result<TerminalLink> open();

  /// What the guest is to offer.
  [[nodiscard]] RequestedTerminal requested() const;

  /// From here on keys are the guest's; until then Ctrl-C and its like are ours. The terminal is as
  /// it was once this object dies.
  Status begin(Guest& guest);
  /// No more keys are read: what is typed from now on is for whoever reads after us.
  void end() { reading_ = false; }

  void add_wishes(std::vector<pollfd>& wishes, const Guest& guest) const;
  /// Takes the same entries, answered, off the front of `answers`. Errors: kInterrupted by
  /// EscapeKeys.
  Status move_on(std::span<const pollfd>& answers, Guest& guest);

 private:
  explicit TerminalLink(sys::SignalFd size_changes) : size_changes_(std::move(size_changes)) {}

  sys::SignalFd size_changes_;
  std::optional<sys::RawTerminal> raw_;
  bool reading_ = false;
  EscapeKeys escape_;
  std::string held_;  // At most one piece: while there is some no more is read.
};

}  // namespace nobounce::lab
