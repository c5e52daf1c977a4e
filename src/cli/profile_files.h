// SPDX-License-Identifier: Apache-2.0
// Where the profile of a bench goes.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"

namespace nobounce::cli {

/// Writes the profile that the model's recommendation makes: below the bench's directory, as a
/// state directory has it, and, where it was measured on this very host, where `--path auto` finds
/// it. A lab's profile speaks of the lab's guests, and never goes there. Returns what was done, or
/// why there is no profile, in words. Errors: those of the files.
Result<std::string> write_profile(const std::filesystem::path& directory,
                                  const nlohmann::json& model);

}  // namespace nobounce::cli
