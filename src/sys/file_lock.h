// SPDX-License-Identifier: Apache-2.0
// FileLock: an advisory lock (flock) that the kernel releases when its holder dies.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// Holds a lock on a file, which is created if missing and never removed. Move-only.
class FileLock {
 public:
  enum class Mode { kShared, kExclusive };

  /// The lock, or nothing if somebody else's lock is in the way.
  static Result<std::optional<FileLock>> try_acquire(const std::string& path, Mode mode);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace nobounce::sys
