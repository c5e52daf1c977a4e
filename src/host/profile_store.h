// SPDX-License-Identifier: Apache-2.0
// Where profiles lie: one file for each NIC driver, profiles/DRIVER.json below the state directory
// of the user ($XDG_STATE_HOME/nobounce, else ~/.local/state/nobounce), then below /etc/nobounce.
// The first that speaks of this host counts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/profile.h"
#include "host/snapshot.h"

namespace nobounce::host {

struct FoundProfile {
  std::optional<Profile> profile{};
  std::string file{};                  ///< Where it lies.
  std::vector<std::string> ignored{};  ///< Files that are there and don't count, and why.
};

/// The directories that are looked through, the first first.
std::vector<std::filesystem::path> profile_directories();

/// Below `directory`; kInvalidArgument for a driver whose name can't be that of a file.
Result<std::filesystem::path> profile_file(const std::filesystem::path& directory,
                                           const std::string& driver);

/// That of `here`, looked for in `directories`. A file that is not there is no news; one that is
/// broken, or speaks of another host, is among those ignored.
FoundProfile find_profile(const ProfileSubject& here,
                          const std::vector<std::filesystem::path>& directories);
/// That of this host for the NIC `interface`, as the snapshot has it; nothing for loopback.
FoundProfile find_profile(const Snapshot& snapshot, const std::string& interface);

/// Writes it where this user's `find_profile` will find it: /etc/nobounce for root. Returns the
/// file. Errors: those of the directories and the file.
Result<std::filesystem::path> install_profile(const Profile& profile);

}  // namespace nobounce::host
