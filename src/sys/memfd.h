// SPDX-License-Identifier: Apache-2.0
// memfd: anonymous memory behind a file descriptor, and making a mapping of it present.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// The pages that memory is made of.
enum class PageKind {
  kOrdinary,
  kHuge,  ///< 2 MiB each, from the pool that the host has set aside for them.
};

inline constexpr std::uint64_t kHugePageBytes = std::uint64_t{2} << 20;

/// A memfd of `size` zero bytes (of huge pages: a multiple of kHugePageBytes), all of them
/// allocated now, so that a shortage shows here and not as SIGBUS at a later touch; sealed against
/// shrinking, as /dev/udmabuf demands. `name` is seen in /proc/PID/fd. Errors: kExhausted (no
/// memory, or no huge pages left), kUnsupported (no huge pages in this kernel), those of
/// memfd_create and fcntl.
Result<Fd> create_memfd(const std::string& name, std::uint64_t size,
                        PageKind pages = PageKind::kOrdinary);

/// Enters all pages of a writable mapping into the page table, so that the first touch of each is
/// no fault. A kernel before 5.14 can't: that is no error, the faults then come one by one.
Status populate(std::span<std::byte> mapping);

}  // namespace nobounce::sys
