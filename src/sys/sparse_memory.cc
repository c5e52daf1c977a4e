// SPDX-License-Identifier: Apache-2.0
#include "sys/sparse_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "base/size.h"
#include "sys/sealed_file.h"

namespace nobounce::sys {
namespace {

// A signal ends it half done; what was done is done again.
Status fallocate_range(int memfd, int mode, std::uint64_t offset, std::uint64_t length,
                       const char* operation) {
  int failed = 0;
  do {
    failed = ::fallocate(memfd, mode, static_cast<off_t>(offset), static_cast<off_t>(length));
  } while (failed != 0 && errno == EINTR);
  if (failed == 0) return {};
  return fail(
      error_from_errno(errno, operation, fmt::format("{} of a memfd", format_size(length))));
}

}  // namespace

Result<Fd> create_sparse_memfd(const std::string& name, std::uint64_t size) {
  const std::string object = fmt::format("memfd '{}' of {}", name, format_size(size));
  if (size > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()))
    return fail(error_from_errno(EINVAL, "ftruncate", object));
  Fd memfd(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memfd.is_open()) return fail(error_from_errno(errno, "memfd_create", object));
  if (::ftruncate(memfd.get(), static_cast<off_t>(size)) != 0)
    return fail(error_from_errno(errno, "ftruncate", object));
  NB_TRY(seal_for_ever(memfd.get(), object));
  return memfd;
}

Status allocate_pages(int memfd, std::uint64_t offset, std::uint64_t length) {
  return fallocate_range(memfd, 0, offset, length, "allocate");
}

Status drop_pages(int memfd, std::uint64_t offset, std::uint64_t length) {
  return fallocate_range(memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length,
                         "drop pages");
}

}  // namespace nobounce::sys
