// SPDX-License-Identifier: Apache-2.0
// CPU time spent between two moments: by the host, per CPU and by kind, and by this process.
// Two snapshots are taken around what is measured; their difference is pure.
#pragma once

#include <cstdint>
#include <vector>

#include "base/figure.h"
#include "sys/process_times.h"
#include "sys/procfs.h"

namespace nobounce::measure {

/// Seconds of one CPU, or of all together, by what they went to. The kinds don't overlap.
struct CpuSeconds {
  double user_s = 0;
  double nice_s = 0;
  double system_s = 0;
  double idle_s = 0;
  double iowait_s = 0;
  double irq_s = 0;
  double softirq_s = 0;
  double steal_s = 0;
};

struct OneCpuSeconds {
  std::uint32_t cpu = 0;
  CpuSeconds seconds;
};

struct HostCpuSeconds {
  CpuSeconds total;
  std::vector<OneCpuSeconds> per_cpu;  ///< CPUs online at both moments, in rising order.
};

/// What this process took, its threads summed, in user mode and in the kernel.
struct ProcessSeconds {
  double user_s = 0;
  double system_s = 0;
};

/// Adds what went by in another interval. Of CPUs, those of either are in the sum.
void add(CpuSeconds& total, const CpuSeconds& part);
void add(HostCpuSeconds& total, const HostCpuSeconds& part);
void add(ProcessSeconds& total, const ProcessSeconds& part);

/// One moment; each half may be missing on its own.
struct CpuSnapshot {
  Figure<sys::HostCpuTicks> host;
  Figure<sys::ProcessTimes> process;
};

struct CpuUsage {
  Figure<HostCpuSeconds> host;
  Figure<ProcessSeconds> process;
};

/// Reads /proc/stat and getrusage: a few system calls, tens of microseconds; not for a data path.
CpuSnapshot take_cpu_snapshot();

/// What went by from `before` to `after`, both taken on this host; missing where either is. A tick
/// is ticks_per_second⁻¹ (10 ms as a rule), and that is how fine the host's figures are.
CpuUsage cpu_usage_between(const CpuSnapshot& before, const CpuSnapshot& after,
                           std::uint64_t ticks_per_second);
/// The same with this host's ticks.
CpuUsage cpu_usage_between(const CpuSnapshot& before, const CpuSnapshot& after);

}  // namespace nobounce::measure
