// SPDX-License-Identifier: Apache-2.0
#include "sys/sysctl.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "sys/byte_stream.h"
#include "sys/fd.h"
#include "sys/text_file.h"

namespace nobounce::sys {

std::string sysctl_path(std::string name) {
  std::ranges::replace(name, '.', '/');
  return "/proc/sys/" + name;
}

Result<std::vector<std::uint64_t>> parse_numbers(std::string_view text, const std::string& object) {
  constexpr std::string_view kBlanks = " \t\n";
  std::vector<std::uint64_t> numbers;
  while (true) {
    const auto start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) break;
    text.remove_prefix(start);
    const auto word = text.substr(0, text.find_first_of(kBlanks));
    std::uint64_t value = 0;
    const auto [stop, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (problem != std::errc{} || stop != word.data() + word.size()) {
      numbers.clear();
      break;
    }
    numbers.push_back(value);
    text.remove_prefix(word.size());
  }
  if (!numbers.empty()) return numbers;
  return fail({.code = Code::kProtocol,
               .operation = "parse",
               .object = object,
               .cause = "no numbers between blanks"});
}

Result<std::vector<std::uint64_t>> read_sysctl(const std::string& name) {
  NB_ASSIGN(const std::string text, read_text_file(sysctl_path(name)));
  return parse_numbers(text, sysctl_path(name));
}

Status write_setting(const std::string& path, std::string_view value) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(error_from_errno(errno, "open", path));
  return write_all(file.get(), value, path);
}

}  // namespace nobounce::sys
