// SPDX-License-Identifier: Apache-2.0
// The client's side of a Unix stream socket; the server's is in unix_socket.h.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// A non-blocking, close-on-exec socket that is connected to whoever listens at `path`. Errors:
/// kInvalidArgument (a path that no socket can have), those of connect: kNotFound where no socket
/// is, kPeerClosed where nobody listens.
Result<Fd> connect_to_unix(const std::filesystem::path& path);

}  // namespace nobounce::sys
