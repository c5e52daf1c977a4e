// SPDX-License-Identifier: Apache-2.0
// What a session of a bench records of a host and of its NIC; and what is read out of it again.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "base/result.h"
#include "bench/field.h"
#include "bench/lines.h"

namespace nobounce::bench {

/// This nobounce, this kernel, its CPUs, its parameters and the programs to compare with that it
/// has
/// ("programs", by their words).
nlohmann::json host_facts();

/// The NICs for payload, beside that: {"nics": […], "nic_driver": …, "usable_cpus": […],
/// "near_cpus": […], "accelerators": …, "huge_page_bytes": …}; the CPUs are those near the first.
/// Errors: kNotFound, those of asking the kernel; kInvalidArgument for a name that no script could
/// hold; kBusy for one that carries the default route, unless `force`.
Result<nlohmann::json> nic_facts(std::span<const HostNic> nics, bool force);

/// Those of these facts that are missing.
std::set<Engine> missing_peers(const nlohmann::json& facts);

/// Accelerators that this host has, by their render nodes.
std::uint64_t count_accelerators();

/// The field that a session ran on: its line's own host, and "peer" where there is one, which then
/// receives.
Field field_of(const nlohmann::json& session);

}  // namespace nobounce::bench
