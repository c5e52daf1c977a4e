// SPDX-License-Identifier: Apache-2.0
#include "sys/event_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

namespace nobounce::sys {

Status adopt_eventfd(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  std::array<char, 64> target;
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  if (length < 0) return fail(error_from_errno(errno, "readlink", link));
  if (std::string_view(target.data(), static_cast<std::size_t>(length)) != "anon_inode:[eventfd]")
    return fail({.code = Code::kInvalidArgument,
                 .sys_errno = EINVAL,
                 .operation = "adopt eventfd",
                 .object = "descriptor " + std::to_string(fd),
                 .cause = "it is some other kind of file",
                 .fix = {}});
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
    return fail(error_from_errno(errno, "fcntl", "eventfd " + std::to_string(fd)));
  return {};
}

bool signal_eventfd(int fd) {
  const std::uint64_t one = 1;
  for (;;) {
    if (::write(fd, &one, sizeof one) == sizeof one) return true;
    if (errno != EINTR) return errno == EAGAIN;
  }
}

}  // namespace nobounce::sys
