// SPDX-License-Identifier: Apache-2.0
// The parts of a bench's HTML report that tell what was measured around the transfers: CPU with
// iowait apart, power, idle states, system calls with their times, frags and tokens, page pools,
// the NIC, TCP. What is missing for every cell is said once, with its reason.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nobounce::report {

std::string measured_sections(const nlohmann::json& model);

}  // namespace nobounce::report
