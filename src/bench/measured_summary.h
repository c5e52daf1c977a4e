// SPDX-License-Identifier: Apache-2.0
// What `--measure` said of the runs of a cell, put together. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/figure.h"

namespace nobounce::bench {

/// {sender, receiver}, as docs/json.md lists them: means of a run, and distributions and calls of
/// all averaged runs together. Of `runs`, in the order of time, `drop_ends` are left out at either
/// end.
nlohmann::json measured_summary_of(const std::vector<nlohmann::json>& runs, std::size_t drop_ends);

/// {sender, receiver}: the system calls of all programs of these runs, warm-ups among them, that
/// were traced, by name; `why_none` where none was.
nlohmann::json traced_summary_of(const std::vector<nlohmann::json>& runs,
                                 const std::string& why_none);

/// What one end of several streams told, as one: calls, frags and tokens of all together, TCP the
/// mean of the connections, the host and its NIC as the stream `longest` saw them.
nlohmann::json measured_of_streams(const std::vector<nlohmann::json>& streams, std::size_t longest);

/// Watts of the machine that one end of a run measured on, in figures of its "power" or
/// "idle_power": what the user's command printed, else RAPL's packages with their DRAM. Other
/// sources stand for parts of a machine, for all of it, or for nobody knows what: one must not be
/// taken from the other.
Figure<double> watts_in(const nlohmann::json& power);

}  // namespace nobounce::bench
