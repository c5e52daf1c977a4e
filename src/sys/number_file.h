// SPDX-License-Identifier: Apache-2.0
// Files of sysfs that hold one number or one word.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace nobounce::sys {

/// Errors: those of open and read with the path named, kPermission among them; kProtocol for
/// anything else than one number that is not negative.
Result<std::uint64_t> read_number_file(const std::string& path);
/// The text without the newline at its end. Errors: those of open and read.
Result<std::string> read_word_file(const std::string& path);

}  // namespace nobounce::sys
