// SPDX-License-Identifier: Apache-2.0
// Files that payload comes from and goes to; "-" is standard input or output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// A file, a pipe or standard input, read from where it stands to its end. Move-only.
class PayloadSource {
 public:
  /// `stop_fd` (or -1) interrupts reads that wait. Errors: those of open; kInvalidArgument for a
  /// directory.
  static Result<PayloadSource> open(const std::string& path, int stop_fd);

  /// Bytes to the end, where the file has one; empty for pipes and terminals.
  [[nodiscard]] std::optional<std::uint64_t> size() const { return size_; }
  /// Fills `to`; less comes only at the end. Errors: those of read, kInterrupted.
  Result<std::size_t> read(std::span<std::byte> to);

 private:
  PayloadSource(Fd fd, std::string path, std::optional<std::uint64_t> size, int stop_fd)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size), stop_fd_(stop_fd) {}

  Fd fd_;
  std::string path_;
  std::optional<std::uint64_t> size_;
  int stop_fd_;
};

/// A file, made anew, or standard output. Move-only.
class PayloadSink {
 public:
  /// Errors: those of open.
  static Result<PayloadSink> open(const std::string& path, int stop_fd);

  /// Writes all of `from`. Errors: those of write, kInterrupted.
  Status write(std::span<const std::byte> from);

 private:
  PayloadSink(Fd fd, std::string path, int stop_fd)
      : fd_(std::move(fd)), path_(std::move(path)), stop_fd_(stop_fd) {}

  Fd fd_;
  std::string path_;
  int stop_fd_;
};

}  // namespace nobounce::sys
