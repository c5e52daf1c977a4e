// SPDX-License-Identifier: Apache-2.0
// Files that are mapped by two who do not trust each other: a memfd sealed against shrinking keeps
// its pages, whereas touching a mapping of a file that was truncated kills the process with SIGBUS.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace nobounce::sys {

/// The size in bytes of a file that can never become smaller (F_SEAL_SHRINK). Files outside tmpfs
/// and hugetlbfs have no seals, and those that memfd_create did not make cannot be given any.
/// Errors: kInvalidArgument where the seal is missing, those of fstat.
Result<std::uint64_t> size_of_sealed_file(int fd, std::string object);

/// Fixes the size of a memfd of ours for good, and forbids more seals: one who gets it can neither
/// change its size nor seal it against the writes of others. Errors: those of fcntl.
Status seal_for_ever(int fd, std::string object);

}  // namespace nobounce::sys
