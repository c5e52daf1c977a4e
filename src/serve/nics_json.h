// SPDX-License-Identifier: Apache-2.0
// The state of a service as JSON, schema nobounce.nics/1; prints, never computes.
#pragma once

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "emulator/chassis/layout.h"
#include "emulator/chassis/statistics.h"

namespace nobounce::serve {

/// {"schema", "nics": […], "accelerators": […], "wires": […], "capture"}. `layout` is what the
/// chassis was started with.
nlohmann::json to_json(const emulator::Layout& layout,
                       const emulator::ChassisStatistics& statistics);
/// {"schema", "error": {"code", "message"}}.
nlohmann::json error_json(const Error& error);
/// {"schema", "done": true}.
nlohmann::json done_json();

}  // namespace nobounce::serve
