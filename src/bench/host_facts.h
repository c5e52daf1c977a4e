// SPDX-License-Identifier: Apache-2.0
// What a session of a bench records of a host and of its NIC; and what is read out of it again.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "bench/cell.h"

namespace nobounce::bench {

/// This nobounce, this kernel, its CPUs and its parameters.
nlohmann::json host_facts();

/// The NIC, beside that: {"nic": …, "usable_cpus": […], "near_cpus": […]}. Errors: kNotFound,
/// those of asking the kernel; kInvalidArgument for a name that no script could hold; kBusy for one
/// that carries the default route, unless `force`.
Result<nlohmann::json> nic_facts(const std::string& nic, bool force);

/// The field that a session ran on: its line's own host, and "peer" where there is one, which then
/// receives.
Field field_of(const nlohmann::json& session);

}  // namespace nobounce::bench
