// SPDX-License-Identifier: Apache-2.0
// What is run for a cell, as command lines and as scripts for sh: the engine's two ends, and the
// settings of either host's NIC. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bench/cell.h"
#include "bench/placement.h"
#include "sys/endpoint.h"

namespace nobounce::bench {

/// Where the two ends leave their figures.
struct ResultFiles {
  std::string sender;
  std::string receiver;  ///< Of nobounce alone.
  /// Where the system calls of either go, as a trace tells them; empty: it is not traced.
  std::string sender_calls{};
  std::string receiver_calls{};
};

/// Where the ends meet; as it is in the lab, unless told.
struct Venue {
  std::string sender_nic = "eth0";
  std::string receiver_nic = "eth0";
  sys::Endpoint receiver = {.address = "10.0.0.2", .port = 5001};
  bool force = false;  ///< Also where the NIC carries the default route.
};

struct CellCommands {
  std::vector<std::string> receiver;
  std::string receiver_ready;  ///< What it says once the sender may start.
  std::vector<std::string> sender;
};

CellCommands commands_for(const Cell& cell, const Matrix& matrix, const Placement& placement,
                          const ResultFiles& files, const Venue& venue = {});

/// Scripts that set all that a cell wants of a host, each step failing the script if refused.
std::string sender_settings(const Cell& cell, const Placement& placement,
                            const std::string& nic = "eth0");
std::string receiver_settings(const Cell& cell, const Placement& placement,
                              const std::string& nic = "eth0");

/// A script that prints what is in force, for settings_in_force().
std::string settings_query(const std::string& nic = "eth0");
/// What the query printed, as one flat object. Error: kProtocol.
Result<nlohmann::json> settings_in_force(const std::string& printed);

/// What differs between what a cell wants and what is in force, or nothing.
std::optional<std::string> what_differs(const Cell& cell, const nlohmann::json& sender,
                                        const nlohmann::json& receiver);
/// Whether `nic` can stand in a script: letters, digits and a few marks, none that sh would read.
bool is_plain_nic_name(std::string_view nic);

}  // namespace nobounce::bench
