// SPDX-License-Identifier: Apache-2.0
// Files that hold a state which outlives its process: replaced whole or not at all, and guarded by
// a lock that is waited for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sys/file_lock.h"

namespace nobounce::sys {

/// Puts a file of mode 0600 in the place of `path` in one step: a reader, and whoever comes after a
/// crash of this process, finds the old text or the new one. It is not synced to a disk: what must
/// survive a crash of the machine needs more.
Status replace_file(const std::string& path, std::string_view text);

/// Nothing happens where there is no such file.
Status remove_file(const std::string& path);

/// An exclusive lock on `path`, waited for up to `timeout_ms`; nothing if somebody holds it longer.
Result<std::optional<FileLock>> wait_for_lock(const std::string& path, int timeout_ms);

/// Suspends the calling thread, where the kernel offers no event to wait for.
void pause_ms(int milliseconds);

}  // namespace nobounce::sys
