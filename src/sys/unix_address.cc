// SPDX-License-Identifier: Apache-2.0
#include "sys/unix_address.h"

#include <cerrno>
#include <cstring>
#include <string>

namespace nobounce::sys {

Result<UnixAddress> UnixAddress::of(const std::filesystem::path& path) {
  const std::string& text = path.native();
  UnixAddress address;
  if (text.empty() || text.size() >= sizeof address.address_.sun_path)
    return fail({.code = Code::kInvalidArgument,
                 .sys_errno = ENAMETOOLONG,
                 .operation = "open",
                 .object = "socket " + text,
                 .cause = "a socket's path has 1 to 107 bytes",
                 .fix = "choose a shorter directory"});
  address.address_.sun_family = AF_UNIX;
  std::memcpy(address.address_.sun_path, text.data(), text.size());
  return address;
}

}  // namespace nobounce::sys
