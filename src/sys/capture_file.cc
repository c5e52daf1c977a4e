// SPDX-License-Identifier: Apache-2.0
#include "sys/capture_file.h"

#include <fcntl.h>

#include <cerrno>

namespace nobounce::sys {

Result<Fd> create_capture_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!fd.is_open()) return fail(error_from_errno(errno, "open", path));
  return fd;
}

}  // namespace nobounce::sys
