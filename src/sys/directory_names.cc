// SPDX-License-Identifier: Apache-2.0
#include "sys/directory_names.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace nobounce::sys {

Result<std::vector<std::string>> names_in(const std::string& directory) {
  std::error_code problem;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator entry(directory, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    names.push_back(entry->path().filename().string());
  }
  if (problem) return fail(error_from_errno(problem.value(), "open", directory));
  std::ranges::sort(names);
  return names;
}

Result<std::string> real_path(const std::string& path) {
  std::error_code problem;
  const auto found = std::filesystem::canonical(path, problem);
  if (problem) return fail(error_from_errno(problem.value(), "resolve", path));
  return found.string();
}

}  // namespace nobounce::sys
