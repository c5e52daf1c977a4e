// SPDX-License-Identifier: Apache-2.0
// Files that hold a secret: nobody but their owner may read or write them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce::sys {

/// The whole of a regular file of this user's, or root's, that its group and others can neither
/// read nor write. Errors: kPermission for one that is not, kInvalidArgument for what is no regular
/// file, kExhausted above `most_bytes`, those of open and read.
Result<std::string> read_private_file(const std::string& path, std::size_t most_bytes);

/// Makes a file of mode 0600 where there is none yet. Error: kBusy where there is.
Status create_private_file(const std::string& path, std::string_view text);

}  // namespace nobounce::sys
