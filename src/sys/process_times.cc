// SPDX-License-Identifier: Apache-2.0
#include "sys/process_times.h"

#include <sys/resource.h>

#include <cerrno>

namespace nobounce::sys {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Result<ProcessTimes> process_times() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) {
    return fail(error_from_errno(errno, "getrusage", "this process"));
  }
  return ProcessTimes{.user_s = seconds(usage.ru_utime), .system_s = seconds(usage.ru_stime)};
}

}  // namespace nobounce::sys
