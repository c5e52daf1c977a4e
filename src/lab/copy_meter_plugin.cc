// SPDX-License-Identifier: Apache-2.0
#include "lab/copy_meter_plugin.h"

#include <fmt/format.h>

#include <array>

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "nobounce-copy-meter.so";

}  // namespace

Result<fs::path> find_copy_meter(const fs::path& directory) {
  // Beside a program that was built, and in the lib of an installed one's prefix.
  const std::array places = {directory / kFileName,
                             directory.parent_path() / "lib" / "nobounce" / kFileName};
  std::error_code code;
  for (const fs::path& place : places)
    if (fs::is_regular_file(place, code)) return place;
  return fail(
      {.code = Code::kNotFound,
       .operation = "search for",
       .object = "the copy meter",
       .cause = fmt::format("neither {} nor {} is there", places[0].string(), places[1].string()),
       .fix = "build or install nobounce whole"});
}

Result<fs::path> find_copy_meter() {
  std::error_code code;
  const fs::path self = fs::read_symlink("/proc/self/exe", code);
  if (code) return fail(error_from_errno(code.value(), "readlink", "/proc/self/exe"));
  return find_copy_meter(self.parent_path());
}

}  // namespace nobounce::lab
