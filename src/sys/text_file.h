// SPDX-License-Identifier: Apache-2.0
// Small text files of procfs, sysfs and the like, read whole.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace nobounce::sys {

/// The most that read_text_file takes: /proc/stat of a host with thousands of CPUs fits.
inline constexpr std::size_t kMaxTextFileBytes = std::size_t{4} << 20;

/// The whole file. Errors: those of open and read, with the path named; kExhausted above
/// kMaxTextFileBytes.
Result<std::string> read_text_file(const std::string& path);

}  // namespace nobounce::sys
