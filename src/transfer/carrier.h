// SPDX-License-Identifier: Apache-2.0
// Which interface will carry a connection, asked of the kernel's own tables, and what it can't
// carry.
#pragma once

#include <string>

#include "base/result.h"
#include "path/path.h"

namespace nobounce::transfer {

/// The interface that has the numeric address; empty for the wildcard, which every one has.
/// Error: kNotFound where none has it.
Result<std::string> interface_with(const std::string& address);
/// The interface by which packets to the numeric address leave; "lo" for this host's own.
Result<std::string> interface_towards(const std::string& address);

inline constexpr std::string_view kLoopback = "lo";

/// kInvalidArgument where the user names a NIC for an address of this host's own: the kernel would
/// look for it behind that NIC, and wait.
Status check_reachable(const std::string& address, const std::string& nic);
/// kUnsupported for a path that takes queues of a NIC, over loopback.
Status check_carried(path::Path path, const std::string& interface);

}  // namespace nobounce::transfer
