// SPDX-License-Identifier: Apache-2.0
// What the kernel says in /proc about CPU time and memory: parsers, pure over text, and readers.
// Source: Documentation/filesystems/proc.rst, sections 1.5 (meminfo) and 1.7 (stat).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nobounce::sys {

/// Time since boot by kind, in ticks (sys/system_constants.h). The kernel counts the time of a
/// guest within user and nice, so its own columns are left out here.
struct CpuTicks {
  std::uint64_t user = 0;
  std::uint64_t nice = 0;
  std::uint64_t system = 0;
  std::uint64_t idle = 0;
  std::uint64_t iowait = 0;
  std::uint64_t irq = 0;
  std::uint64_t softirq = 0;
  std::uint64_t steal = 0;
};

struct OneCpuTicks {
  std::uint32_t cpu = 0;
  CpuTicks ticks;
};

struct HostCpuTicks {
  CpuTicks total;
  std::vector<OneCpuTicks> per_cpu;  ///< The CPUs online, in rising order.
};

/// From the text of /proc/stat. Errors: kProtocol if it has no "cpu" line or one with other than
/// numbers in the eight columns.
Result<HostCpuTicks> parse_cpu_ticks(std::string_view stat_text);
Result<HostCpuTicks> read_cpu_ticks(const std::string& path = "/proc/stat");

/// MemAvailable, in bytes, from the text of /proc/meminfo: what can be allocated without swapping.
/// Errors: kProtocol if the line is missing or no number of kB.
Result<std::uint64_t> parse_available_memory(std::string_view meminfo_text);
Result<std::uint64_t> read_available_memory(const std::string& path = "/proc/meminfo");

}  // namespace nobounce::sys
