// SPDX-License-Identifier: Apache-2.0
#include "sys/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "sys/byte_stream.h"
#include "sys/fd.h"

namespace nobounce::sys {

Result<std::string> read_text_file(const std::string& path, std::size_t most_bytes) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(error_from_errno(errno, "open", path));

  std::string text;
  std::array<char, 16384> piece{};
  while (true) {
    const ssize_t length = ::read(file.get(), piece.data(), piece.size());
    if (length == 0) return text;
    if (length < 0) {
      if (errno == EINTR) continue;
      return fail(error_from_errno(errno, "read", path));
    }
    text.append(piece.data(), static_cast<std::size_t>(length));
    if (text.size() > most_bytes) {
      return fail({.code = Code::kExhausted,
                   .operation = "read",
                   .object = path,
                   .cause = "longer than a file of its kind can be",
                   .fix = {}});
    }
  }
}

Status write_text_file(const std::string& path, std::string_view text) {
  NB_ASSIGN(const Fd file, create_file(path));
  return write_all(file.get(), text, path);
}

}  // namespace nobounce::sys
