// SPDX-License-Identifier: Apache-2.0
// Kernel parameters as sysctl(8) names them, read and written below /proc/sys.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce::sys {

/// The text of e.g. "net.ipv4.tcp_rmem", without the newline. kNotFound where this kernel, or this
/// namespace, has no such parameter; kInvalidArgument for a name that is none.
Result<std::string> read_kernel_parameter(std::string_view name);

/// Errors: as above, kPermission, and kInvalidArgument for a value that the kernel refuses.
Status write_kernel_parameter(std::string_view name, std::string_view value);

}  // namespace nobounce::sys
