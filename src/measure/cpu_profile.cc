// SPDX-License-Identifier: Apache-2.0
#include "measure/cpu_profile.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <string_view>
#include <utility>

#include "base/counters.h"
#include "measure/cpu_list.h"

namespace nobounce::measure {
namespace {

// No divisor of the kernel's own ticks, so that what happens at each of them is not always met.
constexpr std::uint32_t kHertz = 499;
constexpr std::size_t kMostFunctions = 40;

using CountsByName = std::map<std::string_view, std::uint64_t>;

std::uint64_t sum_of(const CountsByName& counts) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : counts)
    sum += count;
  return sum;
}

FunctionPercents percents_of(const CountsByName& counts, std::size_t most) {
  std::vector<std::pair<std::uint64_t, std::string_view>> hottest;
  for (const auto& [name, count] : counts)
    hottest.emplace_back(count, name);
  std::ranges::sort(hottest, std::ranges::greater{});
  const auto sum = static_cast<double>(sum_of(counts));
  FunctionPercents percents;
  for (std::size_t i = 0; i < hottest.size(); ++i) {
    const std::string_view name = i < most ? hottest[i].second : "other functions";
    percents[std::string(name)] += 100 * static_cast<double>(hottest[i].first) / sum;
  }
  return percents;
}

std::string_view name_at(std::uint64_t address, const sys::KernelFunctions& functions) {
  if (address == CpuSamples::kUserSpace) return "user space";
  const std::string_view name = functions.at(address);
  return name.empty() ? "other code of the kernel" : name;
}

Result<std::map<std::uint32_t, sys::PerfEvent>> events_of(sys::PerfClock clock,
                                                          const CpuList& cpus) {
  std::map<std::uint32_t, sys::PerfEvent> events;
  for (const std::uint32_t cpu : cpus) {
    NB_ASSIGN(auto event, sys::PerfEvent::open(clock, cpu, kHertz));
    events.emplace(cpu, std::move(event));
  }
  return events;
}

}  // namespace

CpuSamples growth(const CpuSamples& before, const CpuSamples& after) {
  return {.by_cpu = nobounce::growth(before.by_cpu, after.by_cpu),
          .lost = nobounce::growth(before.lost, after.lost)};
}

void add(CpuSamples& total, const CpuSamples& part) {
  nobounce::add(total.by_cpu, part.by_cpu);
  nobounce::add(total.lost, part.lost);
}

CpuProfile profile_of(const CpuSamples& samples, const sys::KernelFunctions& functions,
                      std::size_t most) {
  CpuProfile profile;
  profile.lost = samples.lost;
  CountsByName all;
  for (const auto& [cpu, by_address] : samples.by_cpu) {
    CountsByName own;
    for (const auto& [address, count] : by_address) {
      if (count > 0) own[name_at(address, functions)] += count;
    }
    profile.percent_by_cpu[cpu] = percents_of(own, most / 2);
    nobounce::add(all, own);
  }
  profile.samples = sum_of(all);
  profile.percent = percents_of(all, most);
  return profile;
}

Result<CpuProfiler> CpuProfiler::start() {
  NB_ASSIGN(const CpuList cpus, online_cpus());
  auto clock = sys::PerfClock::kCycles;
  auto events = events_of(clock, cpus);
  if (!events && events.error().code == Code::kUnsupported) {
    clock = sys::PerfClock::kCpuClock;
    events = events_of(clock, cpus);
  }
  if (!events) return fail(std::move(events).error());
  return CpuProfiler(clock, std::move(*events));
}

CpuSamples CpuProfiler::read() {
  for (auto& [cpu, event] : events_) {
    auto& own = seen_.by_cpu[cpu];
    seen_.lost += event.drain([&own](const sys::PerfSample& sample) {
      ++own[sample.is_in_kernel ? sample.address : CpuSamples::kUserSpace];
    });
  }
  return seen_;
}

Result<CpuProfile> CpuProfiler::profile(const CpuSamples& samples) const {
  std::ifstream kallsyms(sys::kKallsymsPath);
  const auto functions = sys::KernelFunctions::read(kallsyms);
  if (functions.is_empty())
    return fail({.code = Code::kPermission,
                 .operation = "read",
                 .object = sys::kKallsymsPath,
                 .cause = "it shows no addresses (kernel.kptr_restrict)",
                 .fix = "as root, or with CAP_SYSLOG"});
  CpuProfile profile = profile_of(samples, functions, kMostFunctions);
  profile.clock = clock_ == sys::PerfClock::kCycles ? "cycles" : "cpu-clock";
  profile.hertz = kHertz;
  return profile;
}

}  // namespace nobounce::measure
