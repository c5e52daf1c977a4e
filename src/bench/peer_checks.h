// SPDX-License-Identifier: Apache-2.0
// What a peer's agent tells becomes part of a result, and is printed: it must have the form that
// everything which reads a result counts on. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace nobounce::bench {

/// As host_facts() and nic_facts() make them. Error: kProtocol, as of the others.
Status check_facts(const nlohmann::json& facts);
/// One flat object of words and numbers.
Status check_settings(const nlohmann::json& settings);
/// As `nobounce recv --json` writes it, as far as a bench reads it; null where the program writes
/// nothing.
Status check_engine_result(const nlohmann::json& result);

}  // namespace nobounce::bench
