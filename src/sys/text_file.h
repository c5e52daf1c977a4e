// SPDX-License-Identifier: Apache-2.0
// Files that are read or written whole: procfs, sysfs, settings, logs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce::sys {

/// The most that read_text_file takes unless told otherwise: /proc/stat of a host with thousands of
/// CPUs fits.
inline constexpr std::size_t kMaxTextFileBytes = std::size_t{4} << 20;

/// The whole file. Errors: those of open and read, with the path named; kExhausted above
/// `most_bytes`.
Result<std::string> read_text_file(const std::string& path,
                                   std::size_t most_bytes = kMaxTextFileBytes);

/// Creates (mode 0600) or replaces a file. Errors: those of open and write, a full disk among them,
/// with the path named.
Status write_text_file(const std::string& path, std::string_view text);

}  // namespace nobounce::sys
