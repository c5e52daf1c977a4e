// SPDX-License-Identifier: Apache-2.0
#include "sys/memfd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/memfd.h>
#include <sys/mman.h>

#include <cerrno>
#include <limits>

#include "base/size.h"

namespace nobounce::sys {

Result<Fd> create_memfd(const std::string& name, std::uint64_t size, PageKind pages) {
  const std::string object = fmt::format("memfd '{}' of {}", name, format_size(size));
  if (size > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
    return fail(error_from_errno(EINVAL, "fallocate", object));
  }
  const unsigned huge = pages == PageKind::kHuge ? MFD_HUGETLB | MFD_HUGE_2MB : 0;
  Fd memfd(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | huge));
  if (!memfd.is_open()) return fail(error_from_errno(errno, "memfd_create", object));

  // fallocate extends the file as well. A signal makes it give back what it had: start again.
  int failed = 0;
  do {
    failed = ::fallocate(memfd.get(), 0, 0, static_cast<off_t>(size));
  } while (failed != 0 && errno == EINTR);
  if (failed != 0) return fail(error_from_errno(errno, "fallocate", object));

  if (::fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
    return fail(error_from_errno(errno, "seal", object));
  }
  return memfd;
}

Status populate(std::span<std::byte> mapping) {
  if (mapping.empty()) return {};
  if (::madvise(mapping.data(), mapping.size(), MADV_POPULATE_WRITE) == 0) return {};
  if (errno == EINVAL) return {};
  return fail(error_from_errno(errno, "populate",
                               fmt::format("a mapping of {}", format_size(mapping.size()))));
}

}  // namespace nobounce::sys
