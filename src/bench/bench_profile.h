// SPDX-License-Identifier: Apache-2.0
// What a bench recommends, as the profile that `--path auto` goes by. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "host/profile.h"

namespace nobounce::bench {

/// The profile that the model's recommendation makes for the machine that was measured. Error:
/// kUnsupported where nothing was recommended, with the reason, or where the bench has not recorded
/// what it ran on.
Result<host::Profile> profile_of(const nlohmann::json& model);

}  // namespace nobounce::bench
