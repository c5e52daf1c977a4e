// SPDX-License-Identifier: Apache-2.0
#include "path/wake.h"

#include <cerrno>

namespace nobounce::path {

Result<Wake> wake_of(int came) {
  if (came > 0) return Wake::kReady;
  if (came == 0) return Wake::kTimeout;
  if (came == -ECANCELED) {
    return fail({.code = Code::kInterrupted,
                 .operation = "wait for",
                 .object = "the stream",
                 .cause = "stopped by the user",
                 .fix = {}});
  }
  return fail(error_from_errno(-came, "wait for", "the stream"));
}

Result<Wake> wait_for(sys::SocketCalls& socket, short events, int timeout_ms) {
  return wake_of(socket.wait(events, timeout_ms));
}

}  // namespace nobounce::path
