// SPDX-License-Identifier: Apache-2.0
// TracedCalls: what the system calls of a program cost, by name, as the kernel's tracepoints saw
// them. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sys/call_trace.h"
#include "sys/syscall_times.h"

namespace nobounce::measure {

class TracedCalls {
 public:
  void add(const sys::CallMoment& moment) { moments_.push_back(moment); }
  /// Makes calls of the moments before `ns`, of which none is to come any more; those after it
  /// wait.
  void settle_before(std::uint64_t ns);
  /// Calls that have ended, by name. What was under way in the end, and what began before it was
  /// traced, is not among them.
  [[nodiscard]] const std::map<std::string, sys::CallTimes>& by_name() const { return by_name_; }

 private:
  struct Open {
    std::int64_t number;
    std::uint64_t began_ns;
  };

  void settle(const sys::CallMoment& moment);

  std::vector<sys::CallMoment> moments_;
  std::map<std::uint32_t, Open> open_;  // By thread, which makes one call at a time.
  std::map<std::string, sys::CallTimes> by_name_;
};

}  // namespace nobounce::measure
