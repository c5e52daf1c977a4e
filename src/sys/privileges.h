// SPDX-License-Identifier: Apache-2.0
// What this process may do: its user, its capabilities, its user namespace, its limits.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace nobounce::sys {

/// The capabilities in effect, a bit each (capabilities(7)), from the text of /proc/self/status.
/// Error: kProtocol where there is no such line.
Result<std::uint64_t> parse_effective_capabilities(std::string_view status_text);
Result<std::uint64_t> effective_capabilities();
/// Whether a set of capabilities holds CAP_NET_ADMIN, CAP_IPC_LOCK.
bool has_net_admin(std::uint64_t capabilities);
bool has_ipc_lock(std::uint64_t capabilities);

std::uint32_t effective_user();
/// Whether this process is in the user namespace that the kernel began with.
Result<bool> in_initial_user_namespace();
/// RLIMIT_MEMLOCK in bytes, the limit in force; all ones for "unlimited".
Result<std::uint64_t> memlock_limit();

}  // namespace nobounce::sys
