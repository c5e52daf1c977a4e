// SPDX-License-Identifier: Apache-2.0
#include "cli/profile_files.h"

#include <fmt/format.h>

#include "bench/bench_profile.h"
#include "cli/bench_files.h"
#include "host/profile_store.h"
#include "sys/host_id.h"

namespace nobounce::cli {

namespace fs = std::filesystem;

Result<std::string> write_profile(const fs::path& directory, const nlohmann::json& model) {
  const auto profile = bench::profile_of(model);
  if (!profile) return fmt::format("no profile for --path auto: {}", profile.error().cause);
  // The directory can stand for $XDG_STATE_HOME.
  NB_ASSIGN(const fs::path file,
            host::profile_file(directory / "nobounce" / "profiles", profile->subject.driver));
  std::error_code code;
  fs::create_directories(file.parent_path(), code);
  if (code) return fail(error_from_errno(code.value(), "creation of", file.parent_path().string()));
  NB_TRY(write_json_file(file.string(), host::to_json(*profile)));
  const Figure<std::string> here = sys::host_id();
  if (here.is_available() && here.value() == profile->subject.host) {
    NB_ASSIGN(const fs::path installed, host::install_profile(*profile));
    return fmt::format("profile: {}: --path auto goes by it from now on", installed.string());
  }
  return fmt::format(
      "profile: {}\n  of the machine that was measured, not of this one; in the lab: "
      "nobounce lab run --share {} -- env XDG_STATE_HOME=/share …",
      file.string(), directory.string());
}

}  // namespace nobounce::cli
