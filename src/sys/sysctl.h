// SPDX-License-Identifier: Apache-2.0
// Kernel settings under /proc/sys, by the names that sysctl(8) gives them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nobounce::sys {

/// Numbers between blanks. Error: kProtocol for anything else, and for none at all.
Result<std::vector<std::uint64_t>> parse_numbers(std::string_view text, const std::string& object);

/// The numbers of "net.ipv4.tcp_rmem". Errors: those of open and read; kProtocol.
Result<std::vector<std::uint64_t>> read_sysctl(const std::string& name);
/// Where it lies: "/proc/sys/net/ipv4/tcp_rmem".
std::string sysctl_path(std::string name);
/// Writes to a setting that exists, below /proc/sys or /sys. Errors: those of open and write.
Status write_setting(const std::string& path, std::string_view value);

}  // namespace nobounce::sys
