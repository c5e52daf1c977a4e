// SPDX-License-Identifier: Apache-2.0
// Files that a peer has sent and that we want to map: a memfd sealed against shrinking keeps its
// pages, whereas touching a mapping of a file that was truncated kills the process with SIGBUS.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace nobounce::sys {

/// The size in bytes of a file that can never become smaller (F_SEAL_SHRINK). Files outside tmpfs
/// and hugetlbfs have no seals, and those that memfd_create did not make cannot be given any.
/// Errors: kInvalidArgument where the seal is missing, those of fstat.
Result<std::uint64_t> size_of_sealed_file(int fd, std::string object);

}  // namespace nobounce::sys
