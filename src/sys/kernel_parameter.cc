// SPDX-License-Identifier: Apache-2.0
#include "sys/kernel_parameter.h"

#include <algorithm>

#include "sys/byte_stream.h"
#include "sys/text_file.h"

namespace nobounce::sys {
namespace {

Result<std::string> path_of(std::string_view name) {
  const bool is_name = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
  if (!is_name || name.find("..") != std::string_view::npos) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "sysctl",
                 .object = std::string(name),
                 .cause = "no kernel parameter has such a name",
                 .fix = {}});
  }
  std::string path = "/proc/sys/" + std::string(name);
  std::replace(path.begin(), path.end(), '.', '/');
  return path;
}

}  // namespace

Result<std::string> read_kernel_parameter(std::string_view name) {
  NB_ASSIGN(const std::string path, path_of(name));
  NB_ASSIGN(std::string text, read_text_file(path));
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

Status write_kernel_parameter(std::string_view name, std::string_view value) {
  NB_ASSIGN(const std::string path, path_of(name));
  NB_ASSIGN(const Fd file, open_for_writing(path));
  return write_all(file.get(), value, path);
}

}  // namespace nobounce::sys
