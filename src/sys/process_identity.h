// SPDX-License-Identifier: Apache-2.0
// Who a process is, where it lives, and since when: what a record on disk must hold to be told from
// one that another process, namespace or boot has left.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce::sys {

/// A process; the pid alone may be given to another one later.
struct ProcessIdentity {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;  ///< Since boot.

  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

/// The start time from the text of /proc/PID/stat. Error: kProtocol.
Result<std::uint64_t> parse_start_ticks(std::string_view stat_text);

Result<ProcessIdentity> this_process();

/// Differs from boot to boot: /proc/sys/kernel/random/boot_id.
Result<std::string> boot_id();

/// The inode of the calling thread's network namespace.
Result<std::uint64_t> network_namespace_id();
/// Likewise of this process' namespace of process ids.
Result<std::uint64_t> pid_namespace_id();

}  // namespace nobounce::sys
