// SPDX-License-Identifier: Apache-2.0
#include "sys/host_identity.h"

#include <sched.h>
#include <sys/utsname.h>

#include <fstream>
#include <string_view>

namespace nobounce::sys {
namespace {

Figure<std::string> kernel_release() {
  utsname names{};
  if (::uname(&names) != 0) return NotAvailable{"uname"};
  return std::string(names.release);
}

Figure<std::string> cpu_model() {
  constexpr std::string_view kKey = "model name";
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(kKey)) continue;
    const auto value = line.find_first_not_of(" \t:", kKey.size());
    if (value != std::string::npos) return line.substr(value);
  }
  return NotAvailable{"no 'model name' in /proc/cpuinfo"};
}

unsigned usable_cpu_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  return static_cast<unsigned>(CPU_COUNT(&set));
}

}  // namespace

HostIdentity identify_host() {
  return {.kernel_release = kernel_release(), .cpu_model = cpu_model(), .cpus = usable_cpu_count()};
}

}  // namespace nobounce::sys
