// SPDX-License-Identifier: Apache-2.0
#include "measure/cpu_usage.h"

#include <algorithm>

#include "measure/between.h"
#include "sys/system_constants.h"

namespace nobounce::measure {
namespace {

/// The kernel says of iowait (and shows of idle) that it may step back; no time went by then.
double seconds_between(std::uint64_t before, std::uint64_t after, std::uint64_t ticks_per_second) {
  if (after <= before) return 0;
  return static_cast<double>(after - before) / static_cast<double>(ticks_per_second);
}

CpuSeconds difference(const sys::CpuTicks& before, const sys::CpuTicks& after,
                      std::uint64_t ticks_per_second) {
  const auto seconds = [&](std::uint64_t sys::CpuTicks::* kind) {
    return seconds_between(before.*kind, after.*kind, ticks_per_second);
  };
  return {.user_s = seconds(&sys::CpuTicks::user),
          .nice_s = seconds(&sys::CpuTicks::nice),
          .system_s = seconds(&sys::CpuTicks::system),
          .idle_s = seconds(&sys::CpuTicks::idle),
          .iowait_s = seconds(&sys::CpuTicks::iowait),
          .irq_s = seconds(&sys::CpuTicks::irq),
          .softirq_s = seconds(&sys::CpuTicks::softirq),
          .steal_s = seconds(&sys::CpuTicks::steal)};
}

HostCpuSeconds difference(const sys::HostCpuTicks& before, const sys::HostCpuTicks& after,
                          std::uint64_t ticks_per_second) {
  HostCpuSeconds host{.total = difference(before.total, after.total, ticks_per_second),
                      .per_cpu = {}};
  // Both lists rise, so one walk pairs them and passes over CPUs that came or went.
  auto earlier = before.per_cpu.begin();
  for (const sys::OneCpuTicks& later : after.per_cpu) {
    while (earlier != before.per_cpu.end() && earlier->cpu < later.cpu)
      ++earlier;
    if (earlier == before.per_cpu.end()) break;
    if (earlier->cpu != later.cpu) continue;
    host.per_cpu.push_back(
        {.cpu = later.cpu, .seconds = difference(earlier->ticks, later.ticks, ticks_per_second)});
  }
  return host;
}

}  // namespace

void add(CpuSeconds& total, const CpuSeconds& part) {
  for (double CpuSeconds::* kind :
       {&CpuSeconds::user_s, &CpuSeconds::nice_s, &CpuSeconds::system_s, &CpuSeconds::idle_s,
        &CpuSeconds::iowait_s, &CpuSeconds::irq_s, &CpuSeconds::softirq_s, &CpuSeconds::steal_s}) {
    total.*kind += part.*kind;
  }
}

void add(HostCpuSeconds& total, const HostCpuSeconds& part) {
  add(total.total, part.total);
  for (const OneCpuSeconds& one : part.per_cpu) {
    auto place = std::ranges::lower_bound(total.per_cpu, one.cpu, {}, &OneCpuSeconds::cpu);
    if (place == total.per_cpu.end() || place->cpu != one.cpu) {
      place = total.per_cpu.insert(place, {.cpu = one.cpu, .seconds = {}});
    }
    add(place->seconds, one.seconds);
  }
}

void add(ProcessSeconds& total, const ProcessSeconds& part) {
  total.user_s += part.user_s;
  total.system_s += part.system_s;
}

CpuSnapshot take_cpu_snapshot() {
  return {.host = sys::read_cpu_ticks(), .process = sys::process_times()};
}

CpuUsage cpu_usage_between(const CpuSnapshot& before, const CpuSnapshot& after,
                           std::uint64_t ticks_per_second) {
  return {.host = between(before.host, after.host,
                          [&](const sys::HostCpuTicks& start, const sys::HostCpuTicks& end) {
                            return difference(start, end, ticks_per_second);
                          }),
          .process = between(before.process, after.process,
                             [](const sys::ProcessTimes& start, const sys::ProcessTimes& end) {
                               return ProcessSeconds{.user_s = end.user_s - start.user_s,
                                                     .system_s = end.system_s - start.system_s};
                             })};
}

CpuUsage cpu_usage_between(const CpuSnapshot& before, const CpuSnapshot& after) {
  return cpu_usage_between(before, after, sys::clock_ticks_per_second());
}

}  // namespace nobounce::measure
