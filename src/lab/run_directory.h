// SPDX-License-Identifier: Apache-2.0
// RunDirectory: where one run of the lab keeps its sockets, logs and initramfs. Private (0700), and
// gone when the run ends. If we are killed it stays behind, unlocked, and the next run removes it.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "sys/file_lock.h"

namespace nobounce::lab {

class RunDirectory {
 public:
  /// Makes a directory below $XDG_RUNTIME_DIR, or /tmp where that is not set or too long for the
  /// 107 bytes that a Unix socket's path may have; first removes what dead runs left there.
  static Result<RunDirectory> create();
  /// The same below `parent`.
  static Result<RunDirectory> create_in(const std::filesystem::path& parent);

  RunDirectory(RunDirectory&& other) noexcept = default;
  RunDirectory& operator=(RunDirectory&& other) = delete;
  ~RunDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  RunDirectory(std::filesystem::path path, sys::FileLock lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  sys::FileLock lock_;
};

}  // namespace nobounce::lab
