// SPDX-License-Identifier: Apache-2.0
#include "sys/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace nobounce::sys {

Result<std::optional<FileLock>> FileLock::try_acquire(const std::string& path, Mode mode) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.is_open()) return fail(error_from_errno(errno, "open", path));
  const int operation = mode == Mode::kShared ? LOCK_SH : LOCK_EX;
  while (::flock(fd.get(), operation | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    if (errno != EINTR) return fail(error_from_errno(errno, "lock", path));
  }
  return FileLock(std::move(fd));
}

}  // namespace nobounce::sys
