// SPDX-License-Identifier: Apache-2.0
#include "measure/traced_calls.h"

#include <algorithm>

#include "sys/syscall_name.h"

namespace nobounce::measure {

void TracedCalls::settle_before(std::uint64_t ns) {
  const auto later = std::partition(moments_.begin(), moments_.end(),
                                    [ns](const auto& moment) { return moment.ns < ns; });
  // A thread that moves leaves the two ends of a call in the rings of two CPUs.
  std::stable_sort(moments_.begin(), later,
                   [](const auto& one, const auto& other) { return one.ns < other.ns; });
  std::for_each(moments_.begin(), later, [this](const auto& moment) { settle(moment); });
  moments_.erase(moments_.begin(), later);
}

void TracedCalls::settle(const sys::CallMoment& moment) {
  if (!moment.is_end) {
    open_.insert_or_assign(moment.thread, Open{.number = moment.number, .began_ns = moment.ns});
    return;
  }
  const auto begun = open_.find(moment.thread);
  if (begun == open_.end() || begun->second.number != moment.number) return;
  by_name_[sys::syscall_name(moment.number)].add(moment.ns - begun->second.began_ns, moment.result);
  open_.erase(begun);
}

}  // namespace nobounce::measure
