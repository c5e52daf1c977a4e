// SPDX-License-Identifier: Apache-2.0
#include "sys/fd.h"

#include <unistd.h>

namespace nobounce::sys {

void Fd::reset(int fd) {
  // The result of close is of no use to an owner that is done: Linux frees the number even on
  // EINTR.
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

}  // namespace nobounce::sys
