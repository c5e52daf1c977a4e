// SPDX-License-Identifier: Apache-2.0
#include "host/profile_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "sys/host_id.h"
#include "sys/privileges.h"
#include "sys/synced_file.h"
#include "sys/text_file.h"

namespace nobounce::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSystemDirectory = "/etc/nobounce/profiles";
constexpr std::size_t kMostDriverLetters = 64;

std::optional<fs::path> state_directory() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
    return fs::path(state) / "nobounce" / "profiles";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return fs::path(home) / ".local" / "state" / "nobounce" / "profiles";
  return std::nullopt;
}

bool can_name_a_file(const std::string& driver) {
  return !driver.empty() && driver.size() <= kMostDriverLetters &&
         std::ranges::all_of(driver, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

}  // namespace

std::vector<fs::path> profile_directories() {
  std::vector<fs::path> directories;
  if (auto state = state_directory()) directories.push_back(*std::move(state));
  directories.emplace_back(kSystemDirectory);
  return directories;
}

Result<fs::path> profile_file(const fs::path& directory, const std::string& driver) {
  if (can_name_a_file(driver)) return directory / (driver + ".json");
  return fail({.code = Code::kInvalidArgument,
               .operation = "name",
               .object = "profile",
               .cause = fmt::format("'{}' is no name of a driver", driver),
               .fix = {}});
}

FoundProfile find_profile(const ProfileSubject& here, const std::vector<fs::path>& directories) {
  FoundProfile found;
  for (const fs::path& directory : directories) {
    const auto file = profile_file(directory, here.driver);
    if (!file) return found;
    const auto text = sys::read_text_file(file->string(), kMostProfileBytes);
    if (!text) {
      if (text.error().code != Code::kNotFound) found.ignored.push_back(to_string(text.error()));
      continue;
    }
    auto profile = parse_profile(*text);
    const std::string why = profile ? why_not_about(profile->subject, here) : profile.error().cause;
    if (!why.empty()) {
      found.ignored.push_back(fmt::format("{}: {}", file->string(), why));
      continue;
    }
    found.profile = *std::move(profile);
    found.file = file->string();
    return found;
  }
  return found;
}

FoundProfile find_profile(const Snapshot& snapshot, const std::string& interface) {
  const NicFacts* nic = snapshot.nic(interface);
  if (nic == nullptr || !nic->looked.works() || nic->state.driver.empty()) return {};
  const auto directories = profile_directories();
  ProfileSubject here{.host = {}, .kernel = snapshot.kernel_release, .driver = nic->state.driver};
  const Figure<std::string> host = sys::host_id();
  if (host.is_available()) here.host = host.value();
  return find_profile(here, directories);
}

Result<fs::path> install_profile(const Profile& profile) {
  const auto own = state_directory();
  const bool is_root = sys::effective_user() == 0;
  if (!is_root && !own)
    return fail({.code = Code::kNotFound,
                 .operation = "search",
                 .object = "state directory",
                 .cause = "neither XDG_STATE_HOME nor HOME is set",
                 .fix = "export HOME"});
  const fs::path directory = is_root ? fs::path(kSystemDirectory) : *own;
  NB_ASSIGN(fs::path file, profile_file(directory, profile.subject.driver));
  std::error_code code;
  fs::create_directories(directory, code);
  if (code) return fail(error_from_errno(code.value(), "creation of", directory.string()));
  NB_TRY(sys::replace_synced_file(file.string(), to_json(profile).dump(2) + "\n"));
  return file;
}

}  // namespace nobounce::host
