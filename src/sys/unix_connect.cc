// SPDX-License-Identifier: Apache-2.0
#include "sys/unix_connect.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace nobounce::sys {

Result<Fd> connect_to_unix(const std::filesystem::path& path) {
  const std::string object = "socket " + path.native();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.native().size() >= sizeof address.sun_path)
    return fail(error_from_errno(EINVAL, "connect to", object));
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail(error_from_errno(errno, "socket", object));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(error_from_errno(errno, "connect to", object));
  return fd;
}

}  // namespace nobounce::sys
