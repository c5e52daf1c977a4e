// SPDX-License-Identifier: Apache-2.0
// Profile: in which order `--path auto` tries the paths on one host, with one kernel and one NIC
// driver, because a bench has shown it. A file of it is somebody's input: it is read strictly, and
// all that it can do is to change an order.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "path/path.h"

namespace nobounce::host {

/// What the "schema" of a profile says; the number grows when a field changes its meaning.
inline constexpr const char* kProfileSchema = "nobounce.profile/1";
/// Larger than any that is written.
inline constexpr std::size_t kMostProfileBytes = std::size_t{64} << 10;

/// Whom a profile speaks of.
struct ProfileSubject {
  std::string host;    ///< sys::host_id.
  std::string kernel;  ///< uname -r.
  std::string driver;  ///< Of the NIC.

  friend bool operator==(const ProfileSubject&, const ProfileSubject&) = default;
};

/// Of one direction.
struct PathPreference {
  std::vector<path::Path> order;     ///< Every path of the direction, once; the first is best.
  std::vector<std::string> reasons;  ///< In words.
};

struct Profile {
  std::string measured;  ///< When: UTC, ISO 8601.
  std::string bench;     ///< By what, in words.
  ProfileSubject subject;
  std::optional<PathPreference> receive;  ///< Empty: nothing was shown either way.
  std::optional<PathPreference> send;
};

nlohmann::json to_json(const Profile& profile);

/// Errors: kProtocol for what is no profile, down to a field too many, or an order that names not
/// every path of its direction once.
Result<Profile> parse_profile(std::string_view text);

/// Why a profile of `subject` says nothing about `here`; empty where it does.
std::string why_not_about(const ProfileSubject& subject, const ProfileSubject& here);

}  // namespace nobounce::host
