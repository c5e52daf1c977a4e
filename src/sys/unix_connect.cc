// SPDX-License-Identifier: Apache-2.0
#include "sys/unix_connect.h"

#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "sys/unix_address.h"

namespace nobounce::sys {

Result<Fd> connect_to_unix(const std::filesystem::path& path) {
  const std::string object = "socket " + path.native();
  NB_ASSIGN(const UnixAddress address, UnixAddress::of(path));
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail(error_from_errno(errno, "socket", object));
  if (::connect(fd.get(), address.get(), address.size()) != 0)
    return fail(error_from_errno(errno, "connect to", object));
  return fd;
}

}  // namespace nobounce::sys
