// SPDX-License-Identifier: Apache-2.0
#include "sys/wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace nobounce::sys {

Result<Wakeup> Wakeup::open() {
  Fd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd.is_open()) return fail(error_from_errno(errno, "eventfd", "a wake-up"));
  return Wakeup(std::move(fd));
}

void Wakeup::signal() const {
  const std::uint64_t one = 1;
  // Refused only where the counter is full, and then the reader is awake already.
  [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
}

void Wakeup::clear() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = ::read(fd_.get(), &count, sizeof count);
}

}  // namespace nobounce::sys
