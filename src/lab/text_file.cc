// SPDX-License-Identifier: Apache-2.0
#include "lab/text_file.h"

#include <array>

#include "sys/byte_stream.h"

namespace nobounce::lab {

Result<std::string> read_text_file(const std::filesystem::path& path) {
  NB_ASSIGN(const sys::Fd file, sys::open_for_reading(path.string()));
  std::string text;
  std::array<char, 65536> piece;
  for (;;) {
    NB_ASSIGN(const auto got, sys::read_some(file.get(), piece, path.string()));
    if (!got || *got == 0) return text;
    text.append(piece.data(), *got);
  }
}

Status write_text_file(const std::filesystem::path& path, std::string_view text) {
  NB_ASSIGN(const sys::Fd file, sys::create_file(path.string()));
  return sys::write_all(file.get(), text, path.string());
}

std::string_view last_lines(std::string_view text, std::size_t count) {
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  std::size_t start = text.size();
  for (std::size_t line = 0; line < count; ++line) {
    if (start == 0) return text;
    start = text.rfind('\n', start - 1);
    if (start == std::string_view::npos) return text;
  }
  return text.substr(start + 1);
}

}  // namespace nobounce::lab
