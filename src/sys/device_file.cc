// SPDX-License-Identifier: Apache-2.0
#include "sys/device_file.h"

#include <fcntl.h>

#include <cerrno>

namespace nobounce::sys {

Result<Fd> open_device(const std::string& path) {
  Fd device(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!device.is_open()) return fail(error_from_errno(errno, "open", path));
  return device;
}

}  // namespace nobounce::sys
