// SPDX-License-Identifier: Apache-2.0
// Eventfds that a peer has sent, and that we signal: how a device raises an interrupt.
#pragma once

#include "base/result.h"

namespace nobounce::sys {

/// Makes sure that signalling `fd` can neither block nor raise SIGPIPE: it must be an eventfd, and
/// is made non-blocking. Who shares the file can undo the latter, and fill the counter: no call
/// adds to an eventfd that both never blocks and asks nobody's leave, so a peer that means harm
/// must not share a thread with others. Errors: kInvalidArgument for any other file, those of
/// fcntl.
Status adopt_eventfd(int fd);

/// Adds one to the counter of an adopted eventfd. A counter that is full stays so: its reader has
/// not looked since, and will find it readable. False if the descriptor is no good.
bool signal_eventfd(int fd);

}  // namespace nobounce::sys
