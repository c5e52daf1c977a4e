// SPDX-License-Identifier: Apache-2.0
// AppendFile: a log of lines that survives the death of whoever writes it: each line is written in
// one call at the end of the file, and synced.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

class AppendFile {
 public:
  /// Opens or makes (mode 0644) the file. What stands behind its last newline was cut off while it
  /// was written, and is removed. Errors: those of open and ftruncate, with the path.
  static Result<AppendFile> open(const std::string& path);

  /// `line` must hold no newline. Errors: those of write and fdatasync.
  Status append(std::string_view line);

 private:
  AppendFile(std::string path, Fd file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  Fd file_;
};

}  // namespace nobounce::sys
