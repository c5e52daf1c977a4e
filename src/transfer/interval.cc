// SPDX-License-Identifier: Apache-2.0
#include "transfer/interval.h"

namespace nobounce::transfer {
namespace {

measure::ProcessSeconds sum(const measure::ProcessSeconds& a, const measure::ProcessSeconds& b) {
  return {.user_s = a.user_s + b.user_s, .system_s = a.system_s + b.system_s};
}

measure::CpuSeconds sum(const measure::CpuSeconds& a, const measure::CpuSeconds& b) {
  return {.user_s = a.user_s + b.user_s,
          .nice_s = a.nice_s + b.nice_s,
          .system_s = a.system_s + b.system_s,
          .idle_s = a.idle_s + b.idle_s,
          .iowait_s = a.iowait_s + b.iowait_s,
          .irq_s = a.irq_s + b.irq_s,
          .softirq_s = a.softirq_s + b.softirq_s,
          .steal_s = a.steal_s + b.steal_s};
}

// Once a part is missing the whole is.
template <typename T>
void add(Figure<T>& total, const Figure<T>& part) {
  if (!total.is_available()) return;
  total = part.map([&total](const T& value) { return sum(total.value(), value); });
}

}  // namespace

void Interval::start() {
  if (runs_) return;
  runs_ = true;
  before_ = measure::take_cpu_snapshot();
  started_ns_ = clock_.now_ns();
}

void Interval::stop() {
  if (!runs_) return;
  runs_ = false;
  elapsed_ns_ += clock_.now_ns() - started_ns_;
  const auto usage = measure::cpu_usage_between(before_, measure::take_cpu_snapshot());
  add(cpu_, usage.process);
  add(host_cpu_, usage.host.map([](const auto& host) { return host.total; }));
}

}  // namespace nobounce::transfer
