// SPDX-License-Identifier: Apache-2.0
// The table of system calls as a trace of whole programs told them, peers' among them.
#pragma once

#include <nlohmann/json.hpp>

#include "report/measured_rows.h"

namespace nobounce::report {

/// Of each cell and end the calls that took most of the time, the longest first; those with less
/// than a hundredth of it are left to the JSON.
MeasuredTable traced_rows(const nlohmann::json& model);

}  // namespace nobounce::report
