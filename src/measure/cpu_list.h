// SPDX-License-Identifier: Apache-2.0
// Lists of CPUs in the kernel's form: "0-2,5".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nobounce::measure {

using CpuList = std::vector<std::uint32_t>;  // Rising, each once.

/// Error: kProtocol for what is no such list.
Result<CpuList> parse_cpu_list(std::string_view text);
/// Those of this host that are online. Errors: those of reading sysfs.
Result<CpuList> online_cpus();
/// "0,1,2,5".
std::string to_string(const CpuList& cpus);

}  // namespace nobounce::measure
