// SPDX-License-Identifier: Apache-2.0
#include "host/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

namespace nobounce::host {
namespace {

using nlohmann::json;
using path::Path;

constexpr std::size_t kMostReasons = 64;
constexpr std::size_t kMostLetters = 1024;

tl::unexpected<Error> broken(std::string cause) {
  return fail({.code = Code::kProtocol,
               .operation = "read",
               .object = "profile",
               .cause = std::move(cause),
               .fix = {}});
}

/// An object with these fields and no others.
Status check_fields(const json& object, std::string_view what,
                    std::initializer_list<std::string_view> names) {
  if (!object.is_object()) return broken(fmt::format("{} is no object", what));
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(names, name) == names.end())
      return broken(fmt::format("{} has a field that nobody knows", what));
  }
  for (const std::string_view name : names) {
    if (!object.contains(name)) return broken(fmt::format("{} has no {}", what, name));
  }
  return {};
}

/// Text that is printed later: of a line, and with nothing that a terminal would obey.
Result<std::string> line_in(const json& value, std::string_view what) {
  if (!value.is_string()) return broken(fmt::format("{} is no text", what));
  std::string text = value.get<std::string>();
  const bool is_line = std::ranges::none_of(text, [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte < 0x20 || byte == 0x7f;
  });
  if (!is_line || text.size() > kMostLetters)
    return broken(fmt::format("{} is no line of text", what));
  return text;
}

Result<std::vector<Path>> order_in(const json& value, std::span<const Path> paths) {
  if (!value.is_array() || value.size() != paths.size())
    return broken(fmt::format("an order is a list of {} paths", paths.size()));
  std::vector<Path> order;
  for (const json& name : value) {
    const auto path = name.is_string() ? path::path_named(name.get_ref<const std::string&>())
                                       : std::optional<Path>();
    const bool fits = path && std::ranges::find(paths, *path) != paths.end();
    if (!fits) return broken("an order names what is no path of its direction");
    if (std::ranges::find(order, *path) != order.end())
      return broken(fmt::format("an order names {} twice", path::name_of(*path)));
    order.push_back(*path);
  }
  return order;
}

Result<std::optional<PathPreference>> preference_in(const json& value,
                                                    std::span<const Path> paths) {
  if (value.is_null()) return std::optional<PathPreference>();
  NB_TRY(check_fields(value, "a direction", {"order", "reasons"}));
  PathPreference preference;
  NB_ASSIGN(preference.order, order_in(value.at("order"), paths));
  const json& reasons = value.at("reasons");
  if (!reasons.is_array() || reasons.size() > kMostReasons)
    return broken("reasons are a list of lines");
  for (const json& reason : reasons) {
    NB_ASSIGN(std::string line, line_in(reason, "a reason"));
    preference.reasons.push_back(std::move(line));
  }
  return std::optional(std::move(preference));
}

json to_json(const std::optional<PathPreference>& preference) {
  if (!preference) return nullptr;
  json order = json::array();
  for (const Path path : preference->order)
    order.push_back(path::name_of(path));
  return {{"order", std::move(order)}, {"reasons", preference->reasons}};
}

}  // namespace

json to_json(const Profile& profile) {
  return {{"schema", kProfileSchema},
          {"measured", profile.measured},
          {"bench", profile.bench},
          {"host", profile.subject.host},
          {"kernel", profile.subject.kernel},
          {"driver", profile.subject.driver},
          {"receive", to_json(profile.receive)},
          {"send", to_json(profile.send)}};
}

Result<Profile> parse_profile(std::string_view text) {
  if (text.size() > kMostProfileBytes) return broken("it is too long");
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  NB_TRY(
      check_fields(object, "it",
                   {"schema", "measured", "bench", "host", "kernel", "driver", "receive", "send"}));
  if (object.at("schema") != kProfileSchema)
    return broken(fmt::format("its schema is not {}", kProfileSchema));
  Profile profile;
  for (auto [name, field] : std::initializer_list<std::pair<const char*, std::string*>>{
           {"measured", &profile.measured},
           {"bench", &profile.bench},
           {"host", &profile.subject.host},
           {"kernel", &profile.subject.kernel},
           {"driver", &profile.subject.driver}}) {
    NB_ASSIGN(*field, line_in(object.at(name), name));
  }
  NB_ASSIGN(profile.receive, preference_in(object.at("receive"), path::kReceivePaths));
  NB_ASSIGN(profile.send, preference_in(object.at("send"), path::kSendPaths));
  return profile;
}

std::string why_not_about(const ProfileSubject& subject, const ProfileSubject& here) {
  if (subject.kernel != here.kernel)
    return fmt::format("it was measured on kernel {}, and this is {}", subject.kernel, here.kernel);
  if (subject.driver != here.driver)
    return fmt::format("it was measured on a NIC of driver {}, and this is one of {}",
                       subject.driver, here.driver);
  if (subject.host != here.host) return "it was measured on another host";
  return {};
}

}  // namespace nobounce::host
