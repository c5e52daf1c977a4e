// SPDX-License-Identifier: Apache-2.0
#include "sys/random_bytes.h"

#include <sys/random.h>

#include <cerrno>

namespace nobounce::sys {

Status fill_with_random(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(error_from_errno(errno, "ask for", "random bytes"));
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace nobounce::sys
