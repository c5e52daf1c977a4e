// SPDX-License-Identifier: Apache-2.0
#include "sys/state_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>

#include "sys/text_file.h"

namespace nobounce::sys {

Status replace_file(const std::string& path, std::string_view text) {
  const std::string next = path + ".new";
  NB_TRY(write_text_file(next, text));
  if (::rename(next.c_str(), path.c_str()) != 0)
    return fail(error_from_errno(errno, "rename", next));
  return {};
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return fail(error_from_errno(errno, "remove", path));
  return {};
}

void pause_ms(int milliseconds) {
  constexpr long kNanosecondsPerMs = 1'000'000;
  timespec time{.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * kNanosecondsPerMs};
  while (::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &time) == EINTR) {
  }
}

Result<std::optional<FileLock>> wait_for_lock(const std::string& path, int timeout_ms) {
  // flock has no time limit of its own, and an alarm would be the whole process' business.
  constexpr int kStepMs = 5;
  for (int waited_ms = 0;; waited_ms += kStepMs) {
    NB_ASSIGN(auto lock, FileLock::try_acquire(path, FileLock::Mode::kExclusive));
    if (lock || waited_ms >= timeout_ms) return lock;
    pause_ms(kStepMs);
  }
}

}  // namespace nobounce::sys
