// SPDX-License-Identifier: Apache-2.0
#include "sys/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sys/byte_stream.h"

namespace nobounce::sys {
namespace {

/// Where the last whole line ends: looks backwards from the end, piece by piece.
Result<off_t> end_of_last_line(int fd, const std::string& path) {
  off_t end = ::lseek(fd, 0, SEEK_END);
  if (end < 0) return fail(error_from_errno(errno, "lseek", path));
  std::array<char, 4096> piece{};
  while (end > 0) {
    const auto length = std::min<off_t>(end, static_cast<off_t>(piece.size()));
    const ssize_t got = ::pread(fd, piece.data(), static_cast<std::size_t>(length), end - length);
    if (got != length) return fail(error_from_errno(got < 0 ? errno : EIO, "read", path));
    const std::string_view text(piece.data(), static_cast<std::size_t>(length));
    const auto newline = text.rfind('\n');
    if (newline != std::string_view::npos) return end - length + static_cast<off_t>(newline) + 1;
    end -= length;
  }
  return 0;
}

}  // namespace

Result<AppendFile> AppendFile::open(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  if (!file.is_open()) return fail(error_from_errno(errno, "open", path));
  NB_ASSIGN(const off_t end, end_of_last_line(file.get(), path));
  if (::ftruncate(file.get(), end) != 0) return fail(error_from_errno(errno, "ftruncate", path));
  return AppendFile(path, std::move(file));
}

Status AppendFile::append(std::string_view line) {
  NB_TRY(write_all(file_.get(), std::string(line) + "\n", path_));
  if (::fdatasync(file_.get()) != 0) return fail(error_from_errno(errno, "fdatasync", path_));
  return {};
}

}  // namespace nobounce::sys
