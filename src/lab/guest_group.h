// SPDX-License-Identifier: Apache-2.0
// One run of the lab from the guests' boot to their end: when the command may start, and what
// becomes of the others when it has ended.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "lab/guest.h"
#include "lab/interruption.h"
#include "lab/terminal_link.h"

namespace nobounce::lab {

struct GroupReport {
  std::vector<GuestReport> guests;   ///< In the order of the guests.
  std::optional<int> peer_status{};  ///< Of a peer's command that ended before the first's.
};

/// Moves everything on until all guests are done. The first one's command starts when all are
/// ready, and its end is that of the others; `terminal`, where there is one, is the first one's.
/// Errors: kInterrupted; kTimeout, with the end of the consoles; those of Guest.
Result<GroupReport> run_guests(std::vector<Guest>& guests, TerminalLink* terminal,
                               Interruption& interruption);

}  // namespace nobounce::lab
