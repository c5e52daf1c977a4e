// SPDX-License-Identifier: Apache-2.0
// What a transfer measured, as the object "measured" of its JSON; prints, never computes but means.
#pragma once

#include <nlohmann/json.hpp>

#include "sys/syscall_times.h"
#include "transfer/measuring.h"

namespace nobounce::cli {

/// docs/json.md says what each field is. A figure that could not be had is
/// {"not_available": "<probe>"}.
nlohmann::json to_json(const transfer::Measured& measured);

/// The calls of one name.
nlohmann::json to_json(const sys::CallTimes& calls);

}  // namespace nobounce::cli
