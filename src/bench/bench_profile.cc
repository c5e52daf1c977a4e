// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_profile.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace nobounce::bench {
namespace {

using nlohmann::json;

std::optional<host::PathPreference> preference_in(const json& direction) {
  if (direction.contains("not_available")) return std::nullopt;
  host::PathPreference preference;
  for (const json& name : direction.at("order")) {
    const auto path = path::path_named(name.get_ref<const std::string&>());
    if (path) preference.order.push_back(*path);
  }
  preference.reasons = direction.at("reasons").get<std::vector<std::string>>();
  return preference;
}

tl::unexpected<Error> no_profile(std::string cause) {
  return fail({.code = Code::kUnsupported,
               .operation = "make",
               .object = "a profile of this bench",
               .cause = std::move(cause),
               .fix = {}});
}

}  // namespace

Result<host::Profile> profile_of(const json& model) {
  const json& machine = model.at("machine");
  const json& recommendation = model.at("recommendation");
  host::Profile profile;
  profile.measured = model.at("bench").at("begun");
  for (auto [name, field] :
       {std::pair{"host_id", &profile.subject.host}, std::pair{"kernel", &profile.subject.kernel},
        std::pair{"nic_driver", &profile.subject.driver}}) {
    const json found = machine.value(name, json());
    if (!found.is_string()) return no_profile(fmt::format("it has not recorded its {}", name));
    *field = found.get<std::string>();
  }
  const json& nobounce = model.at("nobounce");
  profile.bench =
      fmt::format("bench {}, seed {}, nobounce {}; by {}", model.at("bench").value("name", ""),
                  model.at("bench").at("seed").dump(), nobounce.value("version", "?"),
                  recommendation.value("criterion", ""));
  profile.receive = preference_in(recommendation.at("receive"));
  profile.send = preference_in(recommendation.at("send"));
  if (!profile.receive && !profile.send)
    return no_profile(recommendation.at("receive").value("not_available", ""));
  return profile;
}

}  // namespace nobounce::bench
