// SPDX-License-Identifier: Apache-2.0
#include "sys/number_file.h"

#include <fmt/format.h>

#include <charconv>

#include "sys/text_file.h"

namespace nobounce::sys {

Result<std::string> read_word_file(const std::string& path) {
  constexpr std::size_t kMaxBytes = 4096;
  NB_ASSIGN(std::string text, read_text_file(path, kMaxBytes));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

Result<std::uint64_t> read_number_file(const std::string& path) {
  NB_ASSIGN(const std::string text, read_word_file(path));
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem == std::errc{} && stop == end) return number;
  return fail({.code = Code::kProtocol,
               .operation = "parse",
               .object = path,
               .cause = fmt::format("'{}' is no number", text),
               .fix = {}});
}

}  // namespace nobounce::sys
