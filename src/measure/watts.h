// SPDX-License-Identifier: Apache-2.0
// Power that is told as of now, in watts: sensors of hwmon, and a command of the user's.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce::measure {

/// By name: "acpi_power_meter/power1".
using Watts = std::map<std::string, double>;

/// Every power sensor below `root`. Errors: kNotFound where there is none, those of reading.
Result<Watts> read_hwmon_watts(const std::string& root = "/sys/class/hwmon");

/// What a command printed: a number, then nothing or "W". Error: kProtocol.
Result<double> parse_watts(std::string_view text);
/// Runs `command` by the shell and takes what it prints as watts; blocks until it ends. Errors:
/// kProtocol, kIo where it fails, kTimeout after 10 s.
Result<double> run_watts_command(const std::string& command);

}  // namespace nobounce::measure
