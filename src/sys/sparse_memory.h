// SPDX-License-Identifier: Apache-2.0
// A memfd that has pages only where they were asked for, piece by piece, as a device's memory that
// is larger than what is in use of it.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// A memfd of `size` bytes without a page, its size sealed for good. Errors: those of memfd_create,
/// ftruncate and fcntl.
Result<Fd> create_sparse_memfd(const std::string& name, std::uint64_t size);

/// Gives [offset, offset + length) its pages, of zeros where there were none, so that a shortage
/// shows here and not as SIGBUS at a later touch. Errors: kExhausted, those of fallocate.
Status allocate_pages(int memfd, std::uint64_t offset, std::uint64_t length);

/// Gives the pages of [offset, offset + length) back to the host: it reads as zeros from now on,
/// through every mapping. Errors: those of fallocate.
Status drop_pages(int memfd, std::uint64_t offset, std::uint64_t length);

}  // namespace nobounce::sys
