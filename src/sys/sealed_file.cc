// SPDX-License-Identifier: Apache-2.0
#include "sys/sealed_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace nobounce::sys {

Result<std::uint64_t> size_of_sealed_file(int fd, std::string object) {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0)
    return fail({.code = Code::kInvalidArgument,
                 .sys_errno = EINVAL,
                 .operation = "map shared memory",
                 .object = std::move(object),
                 .cause = "the file is not sealed against shrinking",
                 .fix = "share a memfd with F_SEAL_SHRINK (QEMU: memory-backend-memfd)"});
  struct stat status{};
  if (::fstat(fd, &status) != 0) return fail(error_from_errno(errno, "fstat", std::move(object)));
  return static_cast<std::uint64_t>(status.st_size);
}

Status seal_for_ever(int fd, std::string object) {
  if (::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return fail(error_from_errno(errno, "seal", std::move(object)));
  return {};
}

}  // namespace nobounce::sys
