// SPDX-License-Identifier: Apache-2.0
#include "sys/syscall_times.h"

#include <cerrno>

namespace nobounce::sys {

void CallTimes::add(std::uint64_t ns, std::int64_t result) {
  ++calls_;
  if (result < 0) ++errors_;
  if (result == -EAGAIN) ++would_block_;
  total_ns_ += ns;
  min_ns_ = std::min(min_ns_, ns);
  max_ns_ = std::max(max_ns_, ns);
  const double distance = static_cast<double>(ns) - mean_ns_;
  mean_ns_ += distance / static_cast<double>(calls_);
  squares_ += distance * (static_cast<double>(ns) - mean_ns_);
}

double CallTimes::deviation_ns() const {
  return calls_ < 2 ? 0 : std::sqrt(squares_ / static_cast<double>(calls_));
}

}  // namespace nobounce::sys
