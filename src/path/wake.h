// SPDX-License-Identifier: Apache-2.0
// Why a wait ended, and the wait of paths whose events are those of a socket.
#pragma once

#include "base/result.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

enum class Wake {
  kReady,    ///< Trying again is worth it.
  kTimeout,  ///< Nothing came in the time given.
};

/// What a result of SocketCalls::wait means. Errors: as wait_for.
Result<Wake> wake_of(int came);

/// Waits until `socket` has one of `events`, an error among them. Errors: kInterrupted if the user
/// asked to stop, those of poll.
Result<Wake> wait_for(sys::SocketCalls& socket, short events, int timeout_ms);

}  // namespace nobounce::path
